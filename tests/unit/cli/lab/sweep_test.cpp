// Points of a lab's sweep: every combination, and no more than can be run.
#include "cli/lab/sweep.hpp"

#include <gtest/gtest.h>

namespace rvx::cli::lab {
namespace {

Lab lab_of(unsigned parameters, unsigned values) {
  Lab lab;
  lab.file = "wide/lab.json";
  for (unsigned p = 0; p < parameters; ++p) {
    Parameter& one = lab.parameters.emplace_back();
    one.name = std::string(1, static_cast<char>('a' + p));
    for (unsigned v = 0; v < values; ++v) one.values.emplace_back(static_cast<double>(v));
    one.quick = one.values;
  }
  return lab;
}

TEST(LabSweep, IsEveryCombinationInTheOrderOfItsParameters) {
  const Lab lab = lab_of(3, 4);
  const Result<Sweep> sweep = make_sweep(lab, {});
  ASSERT_TRUE(static_cast<bool>(sweep));
  ASSERT_EQ(sweep->points.size(), 64u);
  EXPECT_EQ(point_text(lab, sweep->points[6]), "a=0 b=1 c=2");
  for (const Point& point : sweep->points) EXPECT_EQ(point.size(), 3u);
}

TEST(LabSweep, TooManyPointsAreAnErrorThatNamesTheLab) {
  const Result<Sweep> sweep = make_sweep(lab_of(4, 20), {});
  ASSERT_FALSE(static_cast<bool>(sweep));
  EXPECT_NE(sweep.error().text.find("wide/lab.json"), std::string::npos);
  EXPECT_NE(sweep.error().text.find("too many"), std::string::npos);
}

}  // namespace
}  // namespace rvx::cli::lab
