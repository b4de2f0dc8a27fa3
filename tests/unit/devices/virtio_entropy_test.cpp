// Tests of virtio-rng: seeded bytes repeat, host bytes do not, and buffers are filled and bounded.
#include "devices/virtio/entropy.hpp"

#include <gtest/gtest.h>

#include "virtio_driver.hpp"

namespace rvx::test {
namespace {

constexpr uint64_t kRam = Driver::kFreeRam;

struct Rng {
  explicit Rng(std::optional<uint64_t> seed) : device(dma, seed) { started = driver.start({8}); }

  std::vector<uint8_t> draw(uint32_t bytes) {
    driver.add(0, {{kRam, bytes, true}});
    driver.notify(0);
    const auto used = driver.take_used(0);
    if (!used) return {};
    return {dma.at(kRam), dma.at(kRam) + used->length};
  }

  FakeDma dma;
  VirtioEntropy device;
  VirtioMmio mmio{&device, IrqLine()};
  Driver driver{mmio, dma};
  bool started = false;
};

TEST(VirtioEntropyTest, IsDeviceType4WithOneQueueAndNoFeaturesOfItsOwn) {
  Rng rng(1);
  ASSERT_TRUE(rng.started);
  EXPECT_EQ(rng.driver.get(kDeviceId), 4u);
  EXPECT_EQ(rng.driver.offered() & 0xffffff, 0u);
}

TEST(VirtioEntropyTest, SameSeedGivesTheSameBytes) {
  Rng one(42), two(42), three(43);
  const auto bytes = one.draw(100);
  EXPECT_EQ(bytes.size(), 100u);
  EXPECT_EQ(two.draw(100), bytes);
  EXPECT_NE(three.draw(100), bytes);
  EXPECT_NE(one.draw(100), bytes) << "a stream, not a constant";
}

// The first output of xoshiro256** whose state is splitmix64 from 0, worked out from the two
// published algorithms in another language.
TEST(VirtioEntropyTest, GeneratorIsXoshiro256StarStarSeededBySplitmix64) {
  Rng rng(0);
  const auto bytes = rng.draw(16);
  uint64_t words[2];
  std::memcpy(words, bytes.data(), sizeof(words));
  EXPECT_EQ(words[0], 0x99ec5f36cb75f2b4);
  EXPECT_EQ(words[1], 0xbf6e1f784956452a);
}

TEST(VirtioEntropyTest, WithoutASeedTheBytesComeFromTheHost) {
  Rng one(std::nullopt), two(std::nullopt);
  const auto bytes = one.draw(64);
  EXPECT_EQ(bytes.size(), 64u);
  EXPECT_NE(two.draw(64), bytes);
}

TEST(VirtioEntropyTest, ScatteredBufferIsFilledToItsLastByte) {
  Rng rng(7);
  rng.driver.add(0, {{kRam, 3, true}, {kRam + 0x100, 13, true}});
  rng.dma.watch();
  rng.driver.notify(0);
  EXPECT_EQ(rng.driver.take_used(0), (Used{0, 16}));
  EXPECT_EQ(rng.dma.unannounced_change(), std::nullopt);
  EXPECT_NE(rng.dma.get<uint64_t>(kRam + 0x105), 0u);
}

TEST(VirtioEntropyTest, HugeRequestGetsSomeAndSaysHowMuch) {
  Rng rng(7);
  const auto bytes = rng.draw(0x80000);
  EXPECT_GT(bytes.size(), 0u);
  EXPECT_LT(bytes.size(), 0x80000u);
  EXPECT_EQ(rng.dma.get<uint64_t>(kRam + bytes.size()), 0u) << "and not a byte more";
}

TEST(VirtioEntropyTest, ReadableBufferIsGivenBackEmpty) {
  Rng rng(7);
  rng.driver.add(0, {{kRam, 16, false}});
  rng.driver.notify(0);
  EXPECT_EQ(rng.driver.take_used(0), (Used{0, 0}));
  EXPECT_EQ(rng.dma.get<uint64_t>(kRam), 0u);
}

TEST(VirtioEntropyTest, StreamGoesOnAfterSaveAndLoad) {
  Rng one(42), two(0);
  one.draw(10);
  load(save(one.mmio, one.device), two.mmio, two.device);
  EXPECT_TRUE(two.mmio.restored());
  std::memcpy(two.dma.at(FakeDma::kBase), one.dma.at(FakeDma::kBase), 0x4000);
  two.driver.ring(0) = one.driver.ring(0);
  EXPECT_EQ(one.draw(32), two.draw(32));
}

}  // namespace
}  // namespace rvx::test
