// Tests of windows: what is mapped where, and what every kind of loss takes away.
#include "mmu/window.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "mmu/types.hpp"

namespace rvx {
namespace {

constexpr uint64_t kBase = 0x8000'0000, kSize = 64 * kPageSize;

class WindowTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ram_.is_valid());
    window_ = Window::create(ram_, budget_, WindowHalf::kLower);
    ASSERT_NE(window_, nullptr);
    ASSERT_EQ(pipe(pipe_), 0);
  }
  void TearDown() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }
  uint64_t at(uint64_t va) const { return window_->base() + va; }
  // The kernel reads and writes there for us, and says when it cannot.
  bool is_readable_on_host(uint64_t address) const {
    char byte = 0;
    return write(pipe_[1], reinterpret_cast<const void*>(address), 1) == 1 && read(pipe_[0], &byte, 1) == 1;
  }
  bool is_readable(uint64_t va) const { return is_readable_on_host(at(va)); }
  bool is_writable(uint64_t va) const {
    const bool is = write(pipe_[1], "x", 1) == 1 && read(pipe_[0], reinterpret_cast<void*>(at(va)), 1) == 1;
    char rest = 0;
    if (!is) static_cast<void>(!read(pipe_[0], &rest, 1));
    return is;
  }

  Ram ram_{kBase, kSize};
  WindowBudget budget_;
  std::unique_ptr<Window> window_;
  int pipe_[2] = {-1, -1};
};

TEST_F(WindowTest, PagesAreThoseOfRam) {
  ram_.at(kBase + 3 * kPageSize)[5] = 42;
  EXPECT_FALSE(is_readable(0x10000));
  EXPECT_TRUE(window_->map(0x10000, 3 * kPageSize, kPageSize, true));
  EXPECT_EQ(*reinterpret_cast<uint8_t*>(at(0x10005)), 42);
  *reinterpret_cast<uint8_t*>(at(0x10006)) = 43;
  EXPECT_EQ(ram_.at(kBase + 3 * kPageSize)[6], 43);
  EXPECT_FALSE(is_readable(0x11000));
}

TEST_F(WindowTest, WhatIsThereAlreadyIsNotMappedAgain) {
  EXPECT_TRUE(window_->map(0x10000, 0, kPageSize, false));
  EXPECT_FALSE(window_->map(0x10000, 0, kPageSize, false));
  EXPECT_FALSE(is_writable(0x10000));
  EXPECT_TRUE(window_->map(0x10000, 0, kPageSize, true));
  EXPECT_TRUE(is_writable(0x10000));
  EXPECT_FALSE(window_->map(0x10000, 0, kPageSize, false));
  EXPECT_TRUE(window_->map(0x10000, kPageSize, kPageSize, false));
}

TEST_F(WindowTest, DroppedPagesAreGoneAndOthersStay) {
  for (uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(window_->map(i * kPageSize, i * kPageSize, kPageSize, true));
  window_->drop(kPageSize, kPageSize);
  EXPECT_TRUE(is_readable(0));
  EXPECT_FALSE(is_readable(kPageSize));
  window_->drop(2 * kPageSize, 2 * kPageSize);
  EXPECT_FALSE(is_readable(3 * kPageSize));
  window_->clear();
  EXPECT_FALSE(is_readable(0));
  EXPECT_TRUE(window_->map(0, 0, kPageSize, false));
}

TEST_F(WindowTest, EveryWritableMappingOfAPageOfRamEnds) {
  ASSERT_TRUE(window_->map(0x10000, kPageSize, kPageSize, true));
  ASSERT_TRUE(window_->map(0x20000, kPageSize, kPageSize, true));
  ASSERT_TRUE(window_->map(0x30000, kPageSize, kPageSize, false));
  ASSERT_TRUE(window_->map(0x40000, 0, kPageSize, true));
  window_->drop_writable(kPageSize);
  EXPECT_FALSE(is_readable(0x10000));
  EXPECT_FALSE(is_readable(0x20000));
  EXPECT_TRUE(is_readable(0x30000));
  EXPECT_TRUE(is_writable(0x40000));
}

// Linux allows a process 65,530 mappings by default. Every other page: none can be one with its neighbour.
TEST_F(WindowTest, MorePagesThanTheHostAllowsAreRefused) {
  std::vector<std::unique_ptr<Window>> windows;
  for (int i = 0; i < 4; ++i) windows.push_back(Window::create(ram_, budget_, WindowHalf::kLower));
  for (uint64_t page = 0; page < 30'000; ++page)
    for (const auto& window : windows) window->map(2 * page * kPageSize, page % 64 * kPageSize, kPageSize, true);
  EXPECT_FALSE(budget_.is_room_left());
  EXPECT_FALSE(window_->map(0, 5 * kPageSize, kPageSize, true));
  for (const auto& window : windows) window->drop(0, kPageSize);
  for (const auto& window : windows) window->clear();
  EXPECT_TRUE(budget_.is_room_left());
  EXPECT_TRUE(window_->map(0, 5 * kPageSize, kPageSize, true));
  *reinterpret_cast<uint8_t*>(at(1)) = 44;
  EXPECT_EQ(ram_.at(kBase + 5 * kPageSize)[1], 44);
}

TEST_F(WindowTest, TheUpperHalfHasItsAddresses) {
  window_ = Window::create(ram_, budget_, WindowHalf::kUpper);
  ASSERT_NE(window_, nullptr);
  const uint64_t start = window_start(WindowHalf::kUpper);
  EXPECT_TRUE(window_->map(start, 3 * kPageSize, kPageSize, true));
  EXPECT_TRUE(window_->map(~kPageMask, 4 * kPageSize, kPageSize, true));
  ram_.at(kBase + 3 * kPageSize)[5] = 55;
  ram_.at(kBase + 4 * kPageSize)[kPageSize - 1] = 66;
  EXPECT_EQ(*reinterpret_cast<uint8_t*>(at(start + 5)), 55);
  EXPECT_EQ(*reinterpret_cast<uint8_t*>(at(~uint64_t{0})), 66);
  EXPECT_FALSE(window_->map(start - kPageSize, 0, kPageSize, false));
  EXPECT_FALSE(window_->map(0, 0, kPageSize, false));
  // Both lie in what was reserved, and so go with it.
  const uint64_t first = at(start), last = at(~uint64_t{0});
  window_.reset();
  EXPECT_FALSE(is_readable_on_host(first));
  EXPECT_FALSE(is_readable_on_host(last));
}

TEST_F(WindowTest, PagesThatFollowEachOtherInBothAreOneRun) {
  window_->map(0x10000, 0, 4 * kPageSize, true);
  EXPECT_EQ(window_->runs(), 1u);
  window_->map(0x14000, 4 * kPageSize, kPageSize, true);
  EXPECT_EQ(window_->runs(), 1u);
  window_->map(0x15000, 5 * kPageSize, kPageSize, false);  // another protection
  window_->map(0x16000, 9 * kPageSize, kPageSize, false);  // other memory
  EXPECT_EQ(window_->runs(), 3u);
  window_->drop(0x12000, kPageSize);
  EXPECT_EQ(window_->runs(), 4u);
  EXPECT_EQ(budget_.runs, 4u);
  window_->clear();
  EXPECT_EQ(budget_.runs, 0u);
}

TEST_F(WindowTest, APageThatIsDroppedSoonAgainAndAgainIsRestless) {
  constexpr int kTimes = 16;
  const auto live = [&](uint64_t va, int drops_elsewhere) {
    window_->map(va, 0, kPageSize, true);
    for (int i = 0; i < drops_elsewhere; ++i) window_->drop(0x80000, kPageSize);
    window_->drop(va, kPageSize);
  };
  for (int i = 0; i < kTimes; ++i) {
    EXPECT_FALSE(window_->is_restless(0x10000));
    live(0x10000, 0);
    live(0x20000, 10);
  }
  EXPECT_TRUE(window_->is_restless(0x10000));
  EXPECT_FALSE(window_->is_restless(0x20000));
}

TEST_F(WindowTest, AddressesOutsideAreRefused) {
  EXPECT_FALSE(window_->map(kWindowSize, 0, kPageSize, false));
  EXPECT_TRUE(window_->map(kWindowSize - kPageSize, 0, kPageSize, false));
  EXPECT_FALSE(window_->map(~kPageMask, 0, kPageSize, false));
}

}  // namespace
}  // namespace rvx
