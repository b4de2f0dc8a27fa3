// A tiny virtio driver, guest memory and a state copier for the tests of virtio devices.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "devices/device.hpp"
#include "devices/virtio/mmio.hpp"

namespace rvx::test {

// RAM at 0x80000000 that checks the contract of DmaPort: what changes was mapped for writing.
class FakeDma final : public DmaPort {
 public:
  static constexpr uint64_t kBase = 0x80000000;

  explicit FakeDma(uint64_t size = 1 << 20)
      : size_(size), bytes_(static_cast<uint8_t*>(std::aligned_alloc(4096, size))) {
    std::memset(bytes_, 0, size);
    watch();
  }
  ~FakeDma() override { std::free(bytes_); }
  FakeDma(const FakeDma&) = delete;
  FakeDma& operator=(const FakeDma&) = delete;

  uint8_t* map(uint64_t address, uint64_t length, bool will_write) noexcept override {
    const uint64_t offset = address - kBase;
    if (address < kBase || offset >= size_ || length > size_ - offset) return nullptr;
    if (will_write) std::fill_n(announced_.begin() + static_cast<long>(offset), length, true);
    return bytes_ + offset;
  }

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] uint8_t* at(uint64_t address) { return bytes_ + (address - kBase); }

  template <class T>
  void put(uint64_t address, T value) {
    std::memcpy(at(address), &value, sizeof(value));
  }
  template <class T>
  [[nodiscard]] T get(uint64_t address) {
    T value;
    std::memcpy(&value, at(address), sizeof(value));
    return value;
  }

  // From here on, changes must be announced.
  void watch() {
    shadow_.assign(bytes_, bytes_ + size_);
    announced_.assign(size_, false);
  }
  // The first byte that a device changed since watch() without asking to write there.
  [[nodiscard]] std::optional<uint64_t> unannounced_change() const {
    for (uint64_t i = 0; i < size_; ++i) {
      if (bytes_[i] != shadow_[i] && !announced_[i]) return kBase + i;
    }
    return std::nullopt;
  }

 private:
  uint64_t size_;
  uint8_t* bytes_;
  std::vector<uint8_t> shadow_;
  std::vector<bool> announced_;
};

// --- Registers and rings ------------------------------------------------------------------------

enum MmioRegister : uint64_t {
  kMagicValue = 0x000,
  kVersion = 0x004,
  kDeviceId = 0x008,
  kVendorId = 0x00c,
  kDeviceFeatures = 0x010,
  kDeviceFeaturesSel = 0x014,
  kDriverFeatures = 0x020,
  kDriverFeaturesSel = 0x024,
  kQueueSel = 0x030,
  kQueueNumMax = 0x034,
  kQueueNum = 0x038,
  kQueueReady = 0x044,
  kQueueNotify = 0x050,
  kInterruptStatus = 0x060,
  kInterruptAck = 0x064,
  kStatus = 0x070,
  kQueueDescLow = 0x080,
  kQueueDescHigh = 0x084,
  kQueueDriverLow = 0x090,
  kQueueDriverHigh = 0x094,
  kQueueDeviceLow = 0x0a0,
  kQueueDeviceHigh = 0x0a4,
  kConfigGeneration = 0x0fc,
  kConfig = 0x100,
};

enum StatusBit : uint32_t {
  kAcknowledge = 1,
  kDriver = 2,
  kDriverOk = 4,
  kFeaturesOk = 8,
  kNeedsReset = 64,
  kFailed = 128,
};

constexpr uint16_t kNext = 1;
constexpr uint16_t kWrite = 2;
constexpr uint16_t kIndirect = 4;

struct Desc {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(Desc) == 16);

struct Buffer {
  uint64_t address;
  uint32_t length;
  bool is_writable;
};

struct Used {
  uint32_t id;
  uint32_t length;
  bool operator==(const Used&) const = default;
};

class Driver {
 public:
  Driver(VirtioMmio& mmio, FakeDma& dma) : mmio_(mmio), dma_(dma) {}

  [[nodiscard]] uint32_t get(uint64_t offset) {
    uint64_t value = ~uint64_t{0};
    if (!mmio_.read(offset, 4, value)) std::abort();
    return static_cast<uint32_t>(value);
  }
  void set(uint64_t offset, uint32_t value) {
    if (!mmio_.write(offset, 4, value)) std::abort();
  }

  [[nodiscard]] uint64_t offered() {
    set(kDeviceFeaturesSel, 0);
    const uint64_t low = get(kDeviceFeatures);
    set(kDeviceFeaturesSel, 1);
    return low | uint64_t{get(kDeviceFeatures)} << 32;
  }

  void write_features(uint64_t features) {
    set(kDriverFeaturesSel, 0);
    set(kDriverFeatures, static_cast<uint32_t>(features));
    set(kDriverFeaturesSel, 1);
    set(kDriverFeatures, static_cast<uint32_t>(features >> 32));
  }

  // Reset and go as far as FEATURES_OK. `features` goes beside VERSION_1.
  [[nodiscard]] bool negotiate(uint64_t features) {
    set(kStatus, 0);
    set(kStatus, kAcknowledge);
    set(kStatus, kAcknowledge | kDriver);
    write_features(features | kVirtioFVersion1);
    set(kStatus, kAcknowledge | kDriver | kFeaturesOk);
    return (get(kStatus) & kFeaturesOk) != 0;
  }

  void place_queue(uint32_t index, uint32_t size, uint64_t desc, uint64_t avail, uint64_t used) {
    set(kQueueSel, index);
    set(kQueueNum, size);
    set(kQueueDescLow, static_cast<uint32_t>(desc));
    set(kQueueDescHigh, static_cast<uint32_t>(desc >> 32));
    set(kQueueDriverLow, static_cast<uint32_t>(avail));
    set(kQueueDriverHigh, static_cast<uint32_t>(avail >> 32));
    set(kQueueDeviceLow, static_cast<uint32_t>(used));
    set(kQueueDeviceHigh, static_cast<uint32_t>(used >> 32));
    set(kQueueReady, 1);
  }

  // Rings of queue `index` in the first pages of RAM, 16 KiB for each queue.
  void add_queue(uint32_t index, uint16_t size) {
    const uint64_t base = FakeDma::kBase + index * 0x4000;
    std::memset(dma_.at(base), 0, 0x4000);
    queues_[index] = Ring{size, base, base + 0x2000, base + 0x3000, 0, 0, 0};
    place_queue(index, size, base, base + 0x2000, base + 0x3000);
  }
  static constexpr uint64_t kFreeRam = FakeDma::kBase + 0x10000;

  void run() { set(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk); }

  // Everything: for tests about what comes later.
  [[nodiscard]] bool start(std::initializer_list<uint16_t> queue_sizes, uint64_t features = 0) {
    if (!negotiate(features)) return false;
    uint32_t index = 0;
    for (const uint16_t size : queue_sizes) add_queue(index++, size);
    run();
    return (get(kStatus) & (kDriverOk | kNeedsReset)) == kDriverOk;
  }

  // --- Rings ---

  struct Ring {
    uint16_t size;
    uint64_t desc, avail, used;
    uint16_t next_desc, avail_index, seen_used;
  };
  Ring& ring(uint32_t index) { return queues_.at(index); }

  void put_desc(uint32_t queue, uint16_t slot, const Desc& desc) {
    dma_.put(ring(queue).desc + slot * 16u, desc);
  }

  // Write a chain into the next descriptors and return its head; it is not available yet.
  uint16_t chain(uint32_t queue, std::span<const Buffer> buffers) {
    Ring& r = ring(queue);
    const uint16_t head = r.next_desc % r.size;
    for (size_t i = 0; i < buffers.size(); ++i) {
      const uint16_t slot = r.next_desc++ % r.size;
      const bool last = i + 1 == buffers.size();
      const auto flags =
          static_cast<uint16_t>((buffers[i].is_writable ? kWrite : 0) | (last ? 0 : kNext));
      put_desc(queue, slot,
               {buffers[i].address, buffers[i].length, flags,
                static_cast<uint16_t>(last ? 0 : r.next_desc % r.size)});
    }
    return head;
  }

  void expose(uint32_t queue, uint16_t head) {
    Ring& r = ring(queue);
    dma_.put<uint16_t>(r.avail + 4 + 2u * (r.avail_index % r.size), head);
    dma_.put<uint16_t>(r.avail + 2, ++r.avail_index);
  }

  uint16_t add(uint32_t queue, std::initializer_list<Buffer> buffers) {
    return add(queue, std::span(buffers.begin(), buffers.size()));
  }
  uint16_t add(uint32_t queue, std::span<const Buffer> buffers) {
    const uint16_t head = chain(queue, buffers);
    expose(queue, head);
    return head;
  }

  void notify(uint32_t queue) { set(kQueueNotify, queue); }

  std::optional<Used> take_used(uint32_t queue) {
    Ring& r = ring(queue);
    if (dma_.get<uint16_t>(r.used + 2) == r.seen_used) return std::nullopt;
    return dma_.get<Used>(r.used + 4 + 8u * (r.seen_used++ % r.size));
  }

  [[nodiscard]] bool needs_reset() { return (get(kStatus) & kNeedsReset) != 0; }

  VirtioMmio& mmio() { return mmio_; }
  FakeDma& dma() { return dma_; }

 private:
  VirtioMmio& mmio_;
  FakeDma& dma_;
  std::map<uint32_t, Ring> queues_;
};

// A device that completes every chain at once, and keeps what it saw.
class RecordingDevice final : public VirtioDevice {
 public:
  explicit RecordingDevice(DmaPort& dma, uint16_t size = 8)
      : VirtioDevice(kVirtioIdEntropy, dma, {size, size}) {}

  std::vector<Chain> chains;
  std::vector<std::vector<uint8_t>> data;  // the readable bytes of each chain
  uint8_t fill = 0xa5;                     // goes into all writable bytes
  bool keeps = false;                      // do not give chains back
  std::vector<uint8_t> space = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<std::array<uint64_t, 3>> config_writes;
  int resets = 0;

  std::span<const uint8_t> config() const noexcept override { return space; }
  void write_config(uint64_t offset, unsigned size, uint64_t value) noexcept override {
    config_writes.push_back({offset, size, value});
  }
  void change_config() { configuration_changed(); }
  void give_back(const Chain& chain, uint64_t written) {
    push(0, chain, written);
    notify_driver(0);
  }

 protected:
  uint64_t type_features() const noexcept override { return 0x6; }
  void process(unsigned queue) noexcept override {
    Chain chain;
    while (pop(queue, chain)) {
      chains.push_back(chain);
      ChainReader reader(dma(), chain);
      auto& bytes = data.emplace_back(reader.remaining() > (1 << 20) ? 0 : reader.remaining());
      if (!reader.copy(bytes.data(), bytes.size())) bytes.clear();
      ChainWriter writer(dma(), chain);
      for (auto piece = writer.next(4096); !piece.empty(); piece = writer.next(4096)) {
        std::memset(piece.data(), fill, piece.size());
      }
      if (!keeps) push(queue, chain, chain.writable_bytes);
    }
    notify_driver(queue);
  }
  void on_reset() noexcept override { ++resets; }
};

// --- Snapshots ----------------------------------------------------------------------------------

// Visitors that save fields by name and load them back.
using State = std::map<std::string, std::vector<uint8_t>>;

template <class... Parts>
State save(Parts&... parts) {
  State state;
  auto put = [&](const char* name, auto& field) {
    using T = std::remove_reference_t<decltype(field)>;
    const bool is_new = state.find(name) == state.end();
    auto& bytes = state[name];
    const void* from = &field;
    size_t size = sizeof(field);
    if constexpr (!std::is_trivially_copyable_v<T>) {
      from = field.data();
      size = field.size() * sizeof(field[0]);
    }
    const auto* raw = static_cast<const uint8_t*>(from);
    bytes.assign(raw, raw + size);
    if (!is_new) std::abort();  // two fields of one name
  };
  (parts.visit_state(put), ...);
  return state;
}

template <class... Parts>
void load(const State& state, Parts&... parts) {
  auto take = [&](const char* name, auto& field) {
    using T = std::remove_reference_t<decltype(field)>;
    const auto& bytes = state.at(name);
    void* to = &field;
    if constexpr (!std::is_trivially_copyable_v<T>) {
      field.resize(bytes.size() / sizeof(field[0]));
      to = field.data();
    } else if (bytes.size() != sizeof(field)) {
      std::abort();
    }
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  };
  (parts.visit_state(take), ...);
}

}  // namespace rvx::test
