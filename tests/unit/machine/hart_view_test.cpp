// A hart's view in the log of events: that its changes, as text, lead from one to the next.
#include "machine/hart_view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include "mmu/model/model_tlb.hpp"

namespace rvx {
namespace {

PageSizes sizes(std::initializer_list<PageSize> of) {
  PageSizes sizes;
  for (const PageSize size : of) sizes.add(size);
  return sizes;
}

HartView two_arrays() {
  HartView view;
  view.tlb.push_back({4, 2, sizes({PageSize::k4K, PageSize::k2M}), std::vector<TlbCell>(8)});
  view.tlb.push_back({1, 3, sizes({PageSize::k1G}), std::vector<TlbCell>(3)});
  return view;
}

TEST(HartView, ChangesAreText) {
  HartView before = two_arrays();
  HartView now = before;
  before.tlb[0].cells[3] = {0x5000, 7, false, true};
  now.satp = 0x8000'0010'0008'0456;
  now.misses = 12;
  now.tlb[0].cells[7] = {0x8045'6000, 1, false, true};
  now.tlb[1].cells[2] = {0x4000'0000, 0, true, true};
  EXPECT_EQ(changes(before, now), "satp=8000001000080456 misses=12 -0.3 +0.7=1:80456000 +1.2=g:40000000");
  EXPECT_EQ(changes(now, now), "");
  EXPECT_EQ(changes({}, two_arrays()), "tlb=4x2:4K,2M tlb=1x3:1G");
}

TEST(HartView, ChangesLeadFromOneToTheNext) {
  std::mt19937_64 random(5);
  HartView now, read;
  for (unsigned step = 0; step < 300; ++step) {
    const HartView before = now;
    if (step == 3) now.tlb = two_arrays().tlb;
    for (const auto number : {&HartView::satp, &HartView::cycles, &HartView::misses, &HartView::walks, &HartView::walk_references, &HartView::fences, &HartView::fills,
                              &HartView::evictions, &HartView::dropped})
      if (random() % 3 == 0) now.*number = random();
    for (TlbGrid& grid : now.tlb)
      for (TlbCell& cell : grid.cells) {
        const bool is_global = random() % 4 == 0;
        if (random() % 3 == 0) cell = random() % 2 ? TlbCell{} : TlbCell{random(), is_global ? uint16_t{0} : static_cast<uint16_t>(random()), is_global, true};
      }
    ASSERT_TRUE(apply_changes(read, changes(before, now)));
    ASSERT_EQ(read, now) << step;
  }
}

TEST(HartView, WhatIsNoViewIsRefused) {
  for (const char* text : {"satp", "satp=", "satp=xyz", "misses=1x", "speed=3", "tlb=4x2", "tlb=4x2:5K", "tlb=0x2:4K", "tlb=9999999x9999999:4K", "tlb=99999999999999999999x1:4K",
                           "tlb=1024x512:4K tlb=1024x513:4K", "+0.0=1:0", "x"}) {
    HartView view;
    EXPECT_FALSE(apply_changes(view, text)) << text;
  }
  for (const char* text : {"+0.8=1:0", "+2.0=1:0", "+0.0=70000:0", "+0.0=1", "+0.0=1:", "+0.0=g:", "+0.0", "-0.8", "-0.1=1:0", "-", "+"}) {
    HartView view = two_arrays();
    EXPECT_FALSE(apply_changes(view, text)) << text;
  }
}

TEST(HartView, TheTlbSaysWhatItHolds) {
  for (const unsigned sector : {1u, 4u}) {
    ModelClock clock;
    TlbConfig config;
    config.entries = 16;
    config.ways = 2;
    config.sector = sector;
    config.page_sizes = sizes({PageSize::k4K, PageSize::k2M});
    ModelTlb tlb(config, 4, true, 1, clock);
    EXPECT_EQ(tlb.sets() * tlb.pages_in_set(), 16u);
    static_cast<void>(tlb.insert({.va = 0x7123, .physical = 0x1000, .asid = 3}, [](unsigned) {}));
    static_cast<void>(tlb.insert({.va = 0x4012'3456, .physical = 0x20'0000, .asid = 5, .is_global = true, .size = PageSize::k2M}, [](unsigned) {}));
    std::vector<std::tuple<uint64_t, uint16_t, bool>> pages;
    tlb.each_page([&](size_t index, uint64_t va, uint16_t asid, bool is_global) {
      EXPECT_LT(index, 16u);
      // In its set, and its slot is the one that it is found in.
      EXPECT_EQ(tlb.peek(va, asid).slot, index / sector);
      pages.emplace_back(va, asid, is_global);
    });
    std::sort(pages.begin(), pages.end());
    ASSERT_EQ(pages.size(), 2u);
    EXPECT_EQ(pages[0], std::tuple(0x7000, 3, false));
    EXPECT_EQ(std::get<0>(pages[1]), 0x4000'0000u);
    EXPECT_TRUE(std::get<2>(pages[1]));
  }
}

}  // namespace
}  // namespace rvx
