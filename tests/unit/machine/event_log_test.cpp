// The log of events: order, form, and that it reads back as it was written.
#include "machine/event_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "cli/event_file.hpp"

namespace rvx {
namespace {

using cli::parse_events;
using testing::ElementsAre;
using testing::HasSubstr;

EventRecord record(uint64_t time, uint32_t hart, Event event, unsigned detail = 0, unsigned process = 0, unsigned thread = 0, uint64_t argument = 0) {
  return {time, hart, time, event_word(event, detail, process, thread), argument};
}

// What `write` does to a log of two harts, as text.
template <class F>
std::string text_of(F write, uint64_t disorder = 1000) {
  char* bytes = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&bytes, &size);
  EventLog log(file, 2, disorder);
  write(log);
  log.finish();
  std::fclose(file);
  std::string text(bytes, size);
  std::free(bytes);
  return text;
}

// Those of the events in a log, one each.
std::vector<std::string> views_in(const std::string& text) {
  const auto file = parse_events("log", text);
  if (!file.ok()) return {file.error().text};
  std::vector<std::string> views;
  for (const EventRecord& record : file->records) views.push_back(record.view);
  return views;
}

TEST(EventLog, LinesAreInOrderOfTime) {
  const std::string text = text_of([](EventLog& log) {
    log.add(record(900, 0, Event::kMark, 1));
    log.add(record(20, 1, Event::kSwitch, 3, 2, 5, 0x10001));
    log.add(record(900, 1, Event::kMark, 2));
  });
  EXPECT_EQ(text,
            "rvx events 1 harts 2\n"
            "20 1 20 500020301 10001 switch 2.5 after 1.1 blocked\n"
            "900 0 900 120 0 mark 1 0x0\n"
            "900 1 900 220 0 mark 2 0x0\n");
}

TEST(EventLog, ManyEventsStayInOrder) {
  // Some are written in the midst of a turn.
  constexpr uint64_t kTurn = 1000, kTurns = 200, kEach = 300;
  const std::string text = text_of([](EventLog& log) {
    for (uint64_t turn = 0; turn < kTurns; ++turn)
      for (uint32_t hart = 0; hart < 2; ++hart)
        for (uint64_t i = 0; i < kEach; ++i) log.add(record(turn * kTurn + 2 * i + hart, hart, Event::kMark));
  }, kTurn);
  const auto file = parse_events("log", text);
  ASSERT_TRUE(file.ok()) << file.error().text;
  EXPECT_EQ(file->records.size(), 2 * kTurns * kEach);
}

TEST(EventLog, ReadsBackAsItWasWritten) {
  const EventRecord written{12345678901234, 1, 987654321, event_word(Event::kTrap, 0x85, 0xffff, 0xfffe), ~uint64_t{0}};
  const auto file = parse_events("log", text_of([&](EventLog& log) { log.add(written); }));
  ASSERT_TRUE(file.ok()) << file.error().text;
  EXPECT_EQ(file->harts, 2u);
  ASSERT_EQ(file->records.size(), 1u);
  const EventRecord& r = file->records[0];
  EXPECT_EQ(std::tie(r.time_ns, r.hart, r.instret, r.word, r.argument), std::tie(written.time_ns, written.hart, written.instret, written.word, written.argument));
  EXPECT_EQ(event_text(r), "trap 65535.65534 supervisor timer interrupt, 0xffffffffffffffff");
  EXPECT_TRUE(file->warnings.empty());
}

TEST(EventLog, WhatTheGuestWritesDoesNotBreakLines) {
  const std::string text = text_of([](EventLog& log) { log.add(record(1, 0, Event::kProcessName, 0, 3, 0, EventName("a\nb\x1b").packed)); });
  EXPECT_THAT(text, HasSubstr(" process-name 3 a.b.\n"));
}

TEST(EventLog, AResetBeginsAnew) {
  const auto file = parse_events("log", text_of([](EventLog& log) {
                                   log.add(record(500, 0, Event::kMark, 1));
                                   log.reset();
                                   log.add(record(20, 0, Event::kMark, 2));
                                 }));
  ASSERT_TRUE(file.ok()) << file.error().text;
  ASSERT_EQ(file->records.size(), 1u);
  EXPECT_EQ(file->records[0].time_ns, 20u);
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("started anew 1 times")));
}

TEST(EventLog, ViewsBelongToTheirEvents) {
  const std::string text = text_of([](EventLog& log) {
    EventRecord second = record(900, 0, Event::kMark, 1);
    second.view = "misses=2";
    log.add(second);
    EventRecord first = record(20, 1, Event::kMark, 2);
    first.view = "satp=1";
    log.add(first);
    log.add(record(950, 1, Event::kMark, 3));
  });
  EXPECT_THAT(text, HasSubstr("mark 2 0x0\nview satp=1\n900 "));
  EXPECT_THAT(views_in(text), ElementsAre("satp=1", "misses=2", ""));
}

TEST(EventFile, TheViewOfAnEventThatIsLeftOutGoesToItsHartsNext) {
  EXPECT_THAT(views_in("rvx events 1 harts 2\n1 0 1 63 0 unknown 99\nview satp=1\n2 1 2 20 0 mark\nview satp=2\n"
                       "3 0 3 20 0 mark\nview misses=3\n4 0 3 20 0 mark\n"),
              ElementsAre("satp=2", "satp=1 misses=3", ""));
}

TEST(EventFile, UnknownEventsAndACutLineAreLeftOutWithAWarning) {
  const auto file = parse_events("f", "rvx events 1 harts 1\n1 0 1 63 0 unknown 99\n2 0 2 20 0 mark\n3 0 3 20 0 ma");
  ASSERT_TRUE(file.ok()) << file.error().text;
  EXPECT_EQ(file->records.size(), 1u);
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("ends in the midst of line 4"), HasSubstr("1 events of no known kind are left out, the first in line 2")));
}

TEST(EventFile, AnythingElseIsRefusedWithItsLine) {
  const std::string head = "rvx events 1 harts 2\n";
  const struct {
    std::string text;
    const char* expected;
  } cases[] = {
      {"", "is no log of events"},
      {"rvx events 2 harts 1\n", "is no log of events"},
      {"rvx events 1 harts 9\n", "is no log of events"},
      {"rvx events 1 harts x\n", "is no log of events"},
      {head + "1 0 1 20\n2 0 2 20 0 mark\n", "f, line 2: no event"},
      {head + "1 0 1 20 0 mark\n\n", "f, line 3: no event"},
      {head + "1 2 1 20 0 mark\n", "f, line 2: there is no hart 2"},
      {head + "5 0 1 20 0 mark\n4 0 1 20 0 mark\n", "f, line 3: time goes back from 5 to 4"},
      {head + "99999999999999999999999 0 1 20 0 mark\n", "f, line 2: no event"},
      {head + "-1 0 1 20 0 mark\n", "f, line 2: no event"},
  };
  for (const auto& c : cases) {
    const auto file = parse_events("f", c.text);
    ASSERT_FALSE(file.ok()) << c.text;
    EXPECT_EQ(file.error().status, kUnusableStatus);
    EXPECT_THAT(file.error().text, HasSubstr(c.expected));
  }
}

}  // namespace
}  // namespace rvx
