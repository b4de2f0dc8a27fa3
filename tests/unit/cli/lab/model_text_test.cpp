// Changes of model files that a lab makes, and values of students.
#include "cli/lab/model_text.hpp"

#include <gtest/gtest.h>

#include "cli/lab/sweep.hpp"

namespace rvx::cli::lab {
namespace {

constexpr const char* kModel =
    "[core]\n"
    "name = small  # est\n"
    "[l1d_tlb]\n"
    "entries = 8\n"
    "[l2]\n"
    "size = 1M\n"
    "[l1d_tlb]\n"
    "entries = 2\n";

TEST(LabModelText, AKeyIsReplacedWhereverItsSectionStands) {
  EXPECT_EQ(change_model(kModel, {{"l1d_tlb.entries", "32"}}),
            "[core]\nname = small  # est\n[l1d_tlb]\nentries = 32  # changed by the lab\n[l2]\nsize = 1M\n[l1d_tlb]\nentries = 32  # changed by the lab\n");
}

TEST(LabModelText, WhatIsNotThereIsAdded) {
  EXPECT_EQ(change_model("[l2]\nsize = 1M\n", {{"l2.ways", "4"}, {"walk_cache.entries", "8"}, {"walk_cache.ways", "full"}}),
            "[l2]\nways = 4  # changed by the lab\nsize = 1M\n\n[walk_cache]\nways = full  # changed by the lab\nentries = 8  # changed by the lab\n");
}

TEST(LabModelText, ASectionGoesWithItsKeys) {
  EXPECT_EQ(change_model(kModel, {{"l1d_tlb", std::nullopt}}), "[core]\nname = small  # est\n[l2]\nsize = 1M\n");
}

TEST(LabModelText, NothingElseChanges) { EXPECT_EQ(change_model(kModel, {}), kModel); }

Parameter powers(bool for_students) {
  Parameter parameter;
  parameter.name = "size";
  parameter.allowed.from = 1;
  parameter.allowed.to = 1024;
  parameter.allowed.is_power_of_two = true;
  parameter.is_for_students = for_students;
  parameter.values = {Value{2.0}, Value{4.0}, Value{8.0}};
  return parameter;
}

TEST(LabStudents, ValuesAreAllowedOnesAndEqualForEqualNames) {
  const Parameter parameter = powers(true);
  bool has_moved = false;
  for (const char* student : {"ada", "grace", "alan", "edsger", "barbara"}) {
    const auto values = student_values(parameter, parameter.values, "lab", student);
    EXPECT_EQ(values, student_values(parameter, parameter.values, "lab", student));
    ASSERT_EQ(values.size(), 3u);
    for (const Value& value : values) EXPECT_TRUE(parameter.allowed.has(value));
    has_moved = has_moved || values != parameter.values;
  }
  EXPECT_TRUE(has_moved);
}

TEST(LabStudents, OtherParametersStay) {
  const Parameter parameter = powers(false);
  EXPECT_EQ(student_values(parameter, parameter.values, "lab", "ada"), parameter.values);
}

TEST(LabAllowed, RangesAreOfWholeNumbersInSteps) {
  Allowed allowed;
  allowed.from = 8;
  allowed.to = 32;
  allowed.step = 8;
  EXPECT_TRUE(allowed.has(Value{24.0}));
  EXPECT_FALSE(allowed.has(Value{20.0}));
  EXPECT_FALSE(allowed.has(Value{40.0}));
  EXPECT_FALSE(allowed.has(Value{std::string("8")}));
  EXPECT_EQ(allowed.text(), "8 to 32 in steps of 8");
}

}  // namespace
}  // namespace rvx::cli::lab
