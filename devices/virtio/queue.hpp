// Split virtqueues: takes descriptor chains from a driver and gives them back as used.
//
// Implements "Split Virtqueues" of VIRTIO 1.2. The rings and descriptors belong to the guest, so
// every field is read once, checked, and never trusted again; harts may change them while a call
// runs. Calls on one queue are serialised by the caller. Only guest RAM is shared with running
// harts, and the ring indices in it are accessed with acquire and release order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "devices/device.hpp"

namespace rvx {

// Feature bits that belong to queues and transport ("Reserved Feature Bits").
inline constexpr uint64_t kVirtioFIndirectDesc = uint64_t{1} << 28;
inline constexpr uint64_t kVirtioFEventIdx = uint64_t{1} << 29;
inline constexpr uint64_t kVirtioFVersion1 = uint64_t{1} << 32;

// Why a queue cannot go on. Each of them makes the device ask for a reset.
enum class QueueError : uint8_t {
  kNone,
  kBadSize,
  kMisalignedRing,
  kRingOutsideRam,
  kAvailableIndexJump,
  kTooManyInFlight,
  kHeadOutOfRange,
  kNextOutOfRange,
  kChainTooLong,
  kChainTooManyBytes,
  kBufferOutsideRam,
  kReadableAfterWritable,
  kIndirectNotNegotiated,
  kIndirectWithNext,
  kIndirectNested,
  kBadIndirectTable,
  kBadRequest,
};

// One phrase for a person.
[[nodiscard]] const char* describe(QueueError error) noexcept;

// A piece of guest memory: physical address and bytes.
struct Segment {
  uint64_t address;
  uint32_t length;
};

// One request. All segments have been seen to lie in RAM; empty ones are left out.
struct Chain {
  uint16_t head = 0;
  std::vector<Segment> readable;  // for the device to read, in order
  std::vector<Segment> writable;  // for the device to write, in order
  uint64_t readable_bytes = 0;
  uint64_t writable_bytes = 0;

  void clear() noexcept;
};

// Walks the bytes of a list of segments from front to back.
class SegmentCursor {
 public:
  // `bytes`: the sum of the segments, none of which is empty.
  SegmentCursor(std::span<const Segment> segments, uint64_t bytes) noexcept
      : segments_(segments), remaining_(bytes) {}

  [[nodiscard]] uint64_t remaining() const noexcept { return remaining_; }

  // Bytes from here to the end of the segment.
  [[nodiscard]] uint64_t contiguous() const noexcept {
    return remaining_ == 0 ? 0 : segments_[index_].length - offset_;
  }

  // The next contiguous piece, at most `limit` bytes; length 0 at the end. Moves past it.
  [[nodiscard]] Segment take(uint64_t limit) noexcept;

  void skip(uint64_t bytes) noexcept;

 private:
  std::span<const Segment> segments_;
  size_t index_ = 0;
  uint32_t offset_ = 0;  // into segments_[index_]
  uint64_t remaining_;
};

// Reads the device-readable part of a chain.
class ChainReader {
 public:
  ChainReader(DmaPort& dma, const Chain& chain) noexcept
      : dma_(dma), cursor_(chain.readable, chain.readable_bytes) {}

  [[nodiscard]] uint64_t remaining() const noexcept { return cursor_.remaining(); }
  // How many of them lie in one piece from here on.
  [[nodiscard]] uint64_t contiguous() const noexcept { return cursor_.contiguous(); }

  // The next contiguous bytes in place, at most `limit`. Empty at the end, or when RAM refuses.
  [[nodiscard]] std::span<const uint8_t> next(uint64_t limit) noexcept;

  // Copy exactly `bytes`, or return false: fewer remain.
  [[nodiscard]] bool copy(void* to, size_t bytes) noexcept;

 private:
  DmaPort& dma_;
  SegmentCursor cursor_;
};

// Writes the device-writable part of a chain.
class ChainWriter {
 public:
  ChainWriter(DmaPort& dma, const Chain& chain) noexcept
      : dma_(dma), cursor_(chain.writable, chain.writable_bytes) {}

  [[nodiscard]] uint64_t remaining() const noexcept { return cursor_.remaining(); }
  // How many of them lie in one piece from here on.
  [[nodiscard]] uint64_t contiguous() const noexcept { return cursor_.contiguous(); }

  // The next contiguous bytes, at most `limit`, to fill at once. Empty at the end, or when RAM
  // refuses.
  [[nodiscard]] std::span<uint8_t> next(uint64_t limit) noexcept;

  // Copy exactly `bytes`, or return false: less room remains.
  [[nodiscard]] bool copy(const void* from, size_t bytes) noexcept;

  void skip(uint64_t bytes) noexcept { cursor_.skip(bytes); }

 private:
  DmaPort& dma_;
  SegmentCursor cursor_;
};

class Virtqueue {
 public:
  struct Popped {
    bool has_chain = false;
    QueueError error = QueueError::kNone;
  };

  // `max_size`: entries offered to the driver, a power of two of at most 32768.
  Virtqueue(DmaPort& dma, uint16_t max_size) noexcept
      : dma_(dma), max_size_(max_size), size_(max_size) {}

  // --- What the transport's registers set. They have no effect while the queue is ready. ---

  [[nodiscard]] uint16_t max_size() const noexcept { return max_size_; }
  [[nodiscard]] bool is_ready() const noexcept { return ready_; }
  void set_size(uint32_t entries) noexcept {
    if (!ready_) size_ = entries;
  }
  // Guest physical addresses of the descriptor table, the available ring and the used ring.
  // `high` chooses which half of the 64 bits `value` replaces.
  void set_descriptor_area(bool high, uint32_t value) noexcept {
    set_half(descriptors_, high, value);
  }
  void set_driver_area(bool high, uint32_t value) noexcept { set_half(available_, high, value); }
  void set_device_area(bool high, uint32_t value) noexcept { set_half(used_, high, value); }

  // Check size and addresses and let the device work; the queue stays off if they are wrong.
  [[nodiscard]] QueueError enable() noexcept;
  void disable() noexcept { ready_ = false; }
  void reset() noexcept;

  // The negotiated feature bits; of interest are indirect descriptors and the event index.
  void use_features(uint64_t features) noexcept;

  // --- Device side ---

  // Take the next available chain, if there is one.
  [[nodiscard]] Popped pop(Chain& chain) noexcept;

  // Put back the chain that the last pop() gave, untouched.
  void unpop() noexcept;

  // Read the chain that starts at descriptor `head` again, as after a snapshot was restored.
  [[nodiscard]] QueueError read_chain(uint16_t head, Chain& chain) const noexcept;

  // Give a chain back. `written`: bytes that the device wrote, from the first writable byte on.
  [[nodiscard]] QueueError push(uint16_t head, uint32_t written) noexcept;

  // Whether the driver wants to be notified of the chains given back since the last call.
  [[nodiscard]] bool take_notification() noexcept;

  template <class V>
  void visit_state(V& v) {
    v("size", size_);
    v("descriptors", descriptors_);
    v("available", available_);
    v("used", used_);
    v("ready", ready_);
    v("indirect", indirect_);
    v("event_index", event_index_);
    v("next_available", next_available_);
    v("next_used", next_used_);
    v("notified_used", notified_used_);
    v("notified_wrapped", notified_wrapped_);
    v("in_flight", in_flight_);
  }

  // Call after visit_state has loaded. False when no driver could have set the queue up like that:
  // it is then not ready.
  [[nodiscard]] bool restored() noexcept;

 private:
  void set_half(uint64_t& address, bool high, uint32_t value) noexcept;
  [[nodiscard]] QueueError check() const noexcept;  // of size and addresses
  [[nodiscard]] bool load_available(uint64_t offset, uint16_t& value) const noexcept;
  [[nodiscard]] bool store_used_index(uint64_t offset, uint16_t value) noexcept;

  DmaPort& dma_;
  uint16_t max_size_;
  uint32_t size_;  // as the driver wrote it; checked by enable()
  uint64_t descriptors_ = 0;
  uint64_t available_ = 0;
  uint64_t used_ = 0;
  bool ready_ = false;
  bool indirect_ = false;
  bool event_index_ = false;
  uint16_t next_available_ = 0;  // free-running, like the indices in the rings
  uint16_t next_used_ = 0;
  uint16_t notified_used_ = 0;     // next_used_ at the last take_notification()
  bool notified_wrapped_ = false;  // 65536 chains were given back since then
  uint32_t in_flight_ = 0;         // chains popped and not yet given back
};

}  // namespace rvx
