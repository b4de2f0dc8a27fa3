// Split virtqueues: checks of all that a driver wrote, chains, and notification suppression.
#include "devices/virtio/queue.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace rvx {

// Ring fields are little-endian in guest RAM and are accessed in place.
static_assert(std::endian::native == std::endian::little);

namespace {

struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(Descriptor) == 16);

constexpr uint16_t kDescNext = 1;
constexpr uint16_t kDescWrite = 2;
constexpr uint16_t kDescIndirect = 4;

constexpr uint16_t kAvailableNoInterrupt = 1;

constexpr uint32_t kMaxQueueSize = 32768;
constexpr uint64_t kMaxChainBytes = uint64_t{1} << 32;

// Offsets in both rings: flags, idx, then the entries.
constexpr uint64_t kRingFlags = 0;
constexpr uint64_t kRingIndex = 2;
constexpr uint64_t kRingEntries = 4;
constexpr uint64_t kAvailableEntryBytes = 2;
constexpr uint64_t kUsedEntryBytes = 8;

// Size of a ring in bytes, with the event field that follows its entries.
constexpr uint64_t ring_bytes(uint32_t entries, uint64_t entry_bytes) {
  return kRingEntries + entries * entry_bytes + 2;
}

bool is_aligned(uint64_t address, uint64_t alignment) { return address % alignment == 0; }

}  // namespace

const char* describe(QueueError error) noexcept {
  switch (error) {
    case QueueError::kNone: return "no error";
    case QueueError::kBadSize: return "queue size is not a power of two within the offered maximum";
    case QueueError::kMisalignedRing: return "a part of the queue is not aligned";
    case QueueError::kRingOutsideRam: return "a part of the queue lies outside RAM";
    case QueueError::kAvailableIndexJump:
      return "available index moved by more than the queue size";
    case QueueError::kTooManyInFlight:
      return "more buffers made available than the queue has entries";
    case QueueError::kHeadOutOfRange: return "available ring names a descriptor beyond the table";
    case QueueError::kNextOutOfRange: return "descriptor's next field lies beyond the table";
    case QueueError::kChainTooLong: return "descriptor chain is longer than the queue or loops";
    case QueueError::kChainTooManyBytes: return "descriptor chain has more than 2^32 bytes";
    case QueueError::kBufferOutsideRam: return "descriptor points outside RAM";
    case QueueError::kReadableAfterWritable:
      return "device-readable descriptor follows a writable one";
    case QueueError::kIndirectNotNegotiated: return "indirect descriptor without the feature";
    case QueueError::kIndirectWithNext: return "indirect descriptor with a next descriptor";
    case QueueError::kIndirectNested: return "indirect descriptor inside an indirect table";
    case QueueError::kBadIndirectTable: return "indirect table is empty, ragged or outside RAM";
    case QueueError::kBadRequest: return "buffer is too short for the device's request header";
  }
  return "unknown error";
}

// --- Chains -------------------------------------------------------------------------------------

void Chain::clear() noexcept {
  head = 0;
  readable.clear();
  writable.clear();
  readable_bytes = 0;
  writable_bytes = 0;
}

Segment SegmentCursor::take(uint64_t limit) noexcept {
  if (remaining_ == 0) return {0, 0};
  const Segment& segment = segments_[index_];
  const auto length = static_cast<uint32_t>(std::min(contiguous(), limit));
  const Segment piece{segment.address + offset_, length};
  offset_ += length;
  remaining_ -= length;
  if (offset_ == segment.length) {
    ++index_;
    offset_ = 0;
  }
  return piece;
}

void SegmentCursor::skip(uint64_t bytes) noexcept {
  while (bytes != 0) {
    const Segment piece = take(bytes);
    if (piece.length == 0) return;
    bytes -= piece.length;
  }
}

std::span<const uint8_t> ChainReader::next(uint64_t limit) noexcept {
  const Segment piece = cursor_.take(limit);
  if (piece.length == 0) return {};
  const uint8_t* host = dma_.map(piece.address, piece.length, false);
  if (host == nullptr) return {};
  return {host, piece.length};
}

bool ChainReader::copy(void* to, size_t bytes) noexcept {
  auto* out = static_cast<uint8_t*>(to);
  while (bytes != 0) {
    const auto piece = next(bytes);
    if (piece.empty()) return false;
    std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
    bytes -= piece.size();
  }
  return true;
}

std::span<uint8_t> ChainWriter::next(uint64_t limit) noexcept {
  const Segment piece = cursor_.take(limit);
  if (piece.length == 0) return {};
  uint8_t* host = dma_.map(piece.address, piece.length, true);
  if (host == nullptr) return {};
  return {host, piece.length};
}

bool ChainWriter::copy(const void* from, size_t bytes) noexcept {
  const auto* in = static_cast<const uint8_t*>(from);
  while (bytes != 0) {
    const auto piece = next(bytes);
    if (piece.empty()) return false;
    std::memcpy(piece.data(), in, piece.size());
    in += piece.size();
    bytes -= piece.size();
  }
  return true;
}

// --- Set-up -------------------------------------------------------------------------------------

void Virtqueue::set_half(uint64_t& address, bool high, uint32_t value) noexcept {
  if (ready_) return;
  if (high) {
    address = (address & 0xffffffffu) | uint64_t{value} << 32;
  } else {
    address = (address & ~uint64_t{0xffffffffu}) | value;
  }
}

QueueError Virtqueue::check() const noexcept {
  if (!std::has_single_bit(size_) || size_ > max_size_ || size_ > kMaxQueueSize) {
    return QueueError::kBadSize;
  }
  if (!is_aligned(descriptors_, 16) || !is_aligned(available_, 2) || !is_aligned(used_, 4)) {
    return QueueError::kMisalignedRing;
  }
  const bool in_ram =
      dma_.map(descriptors_, uint64_t{size_} * sizeof(Descriptor), false) != nullptr &&
      dma_.map(available_, ring_bytes(size_, kAvailableEntryBytes), false) != nullptr &&
      dma_.map(used_, ring_bytes(size_, kUsedEntryBytes), false) != nullptr;
  return in_ram ? QueueError::kNone : QueueError::kRingOutsideRam;
}

QueueError Virtqueue::enable() noexcept {
  if (ready_) return QueueError::kNone;
  if (const QueueError error = check(); error != QueueError::kNone) return error;
  next_available_ = 0;
  next_used_ = 0;
  notified_used_ = 0;
  notified_wrapped_ = false;
  in_flight_ = 0;
  ready_ = true;
  return QueueError::kNone;
}

void Virtqueue::reset() noexcept {
  ready_ = false;
  size_ = max_size_;
  descriptors_ = 0;
  available_ = 0;
  used_ = 0;
  indirect_ = false;
  event_index_ = false;
}

bool Virtqueue::restored() noexcept {
  if (!ready_) return true;
  ready_ = check() == QueueError::kNone && in_flight_ <= size_;
  return ready_;
}

void Virtqueue::use_features(uint64_t features) noexcept {
  indirect_ = (features & kVirtioFIndirectDesc) != 0;
  event_index_ = (features & kVirtioFEventIdx) != 0;
}

// --- Rings --------------------------------------------------------------------------------------

// Acquire: what the driver wrote before it moved its index is seen by all that follows.
bool Virtqueue::load_available(uint64_t offset, uint16_t& value) const noexcept {
  uint8_t* host = dma_.map(available_ + offset, sizeof(value), false);
  if (host == nullptr) return false;
  value =
      std::atomic_ref<uint16_t>(*reinterpret_cast<uint16_t*>(host)).load(std::memory_order_acquire);
  return true;
}

// Release: what the device wrote to buffers and used elements is seen before the new index.
bool Virtqueue::store_used_index(uint64_t offset, uint16_t value) noexcept {
  uint8_t* host = dma_.map(used_ + offset, sizeof(value), true);
  if (host == nullptr) return false;
  std::atomic_ref<uint16_t>(*reinterpret_cast<uint16_t*>(host))
      .store(value, std::memory_order_release);
  return true;
}

Virtqueue::Popped Virtqueue::pop(Chain& chain) noexcept {
  if (!ready_) return {};
  uint16_t index = 0;
  if (!load_available(kRingIndex, index)) return {false, QueueError::kRingOutsideRam};
  if (index == next_available_) {
    if (!event_index_) return {};
    // Ask for a notification of the next buffer, then look again: the driver may have added one
    // after the first look and read the old event field.
    const uint64_t event = kRingEntries + size_ * kUsedEntryBytes;
    if (!store_used_index(event, next_available_)) return {false, QueueError::kRingOutsideRam};
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!load_available(kRingIndex, index)) return {false, QueueError::kRingOutsideRam};
    if (index == next_available_) return {};
  }
  if (static_cast<uint16_t>(index - next_available_) > size_) {
    return {false, QueueError::kAvailableIndexJump};
  }
  if (in_flight_ >= size_) return {false, QueueError::kTooManyInFlight};

  uint16_t head = 0;
  const uint64_t slot = next_available_ % size_;
  if (!load_available(kRingEntries + slot * kAvailableEntryBytes, head)) {
    return {false, QueueError::kRingOutsideRam};
  }
  if (const QueueError error = read_chain(head, chain); error != QueueError::kNone) {
    return {false, error};
  }
  ++next_available_;
  ++in_flight_;
  return {true, QueueError::kNone};
}

void Virtqueue::unpop() noexcept {
  --next_available_;
  --in_flight_;
}

QueueError Virtqueue::read_chain(uint16_t head, Chain& chain) const noexcept {
  chain.clear();
  chain.head = head;
  if (head >= size_) return QueueError::kHeadOutOfRange;

  const uint8_t* table = dma_.map(descriptors_, uint64_t{size_} * sizeof(Descriptor), false);
  if (table == nullptr) return QueueError::kRingOutsideRam;
  uint32_t entries = size_;
  uint32_t index = head;
  bool in_indirect = false;
  uint32_t length = 0;  // descriptors with a buffer seen so far

  for (;;) {
    Descriptor descriptor;  // a copy: the guest may be changing the original
    std::memcpy(&descriptor, table + size_t{index} * sizeof(Descriptor), sizeof(Descriptor));

    if ((descriptor.flags & kDescIndirect) != 0) {
      if (!indirect_) return QueueError::kIndirectNotNegotiated;
      if (in_indirect) return QueueError::kIndirectNested;
      if ((descriptor.flags & kDescNext) != 0) return QueueError::kIndirectWithNext;
      if (descriptor.length == 0 || descriptor.length % sizeof(Descriptor) != 0) {
        return QueueError::kBadIndirectTable;
      }
      table = dma_.map(descriptor.address, descriptor.length, false);
      if (table == nullptr) return QueueError::kBadIndirectTable;
      entries = descriptor.length / sizeof(Descriptor);
      index = 0;
      in_indirect = true;
      continue;
    }

    // In the ring itself a longer chain must visit a descriptor twice. CHOICE: a chain that ends in
    // an indirect table may be as long as the queue that was offered, as drivers which chose a
    // smaller queue still size their requests by what the device's configuration allows.
    if (++length > (in_indirect ? max_size_ : size_)) return QueueError::kChainTooLong;

    const bool writable = (descriptor.flags & kDescWrite) != 0;
    // CHOICE: an empty descriptor is legal and its address is not looked at.
    if (descriptor.length != 0) {
      if (!writable && !chain.writable.empty()) return QueueError::kReadableAfterWritable;
      if (chain.readable_bytes + chain.writable_bytes + descriptor.length > kMaxChainBytes) {
        return QueueError::kChainTooManyBytes;
      }
      if (dma_.map(descriptor.address, descriptor.length, false) == nullptr) {
        return QueueError::kBufferOutsideRam;
      }
      (writable ? chain.writable : chain.readable)
          .push_back({descriptor.address, descriptor.length});
      (writable ? chain.writable_bytes : chain.readable_bytes) += descriptor.length;
    }
    if ((descriptor.flags & kDescNext) == 0) return QueueError::kNone;
    if (descriptor.next >= entries) return QueueError::kNextOutOfRange;
    index = descriptor.next;
  }
}

QueueError Virtqueue::push(uint16_t head, uint32_t written) noexcept {
  const uint64_t slot = next_used_ % size_;
  uint8_t* element = dma_.map(used_ + kRingEntries + slot * kUsedEntryBytes, kUsedEntryBytes, true);
  if (element == nullptr) return QueueError::kRingOutsideRam;
  const uint32_t fields[2] = {head, written};
  std::memcpy(element, fields, sizeof(fields));
  ++next_used_;
  --in_flight_;
  if (next_used_ == notified_used_) notified_wrapped_ = true;
  return store_used_index(kRingIndex, next_used_) ? QueueError::kNone : QueueError::kRingOutsideRam;
}

bool Virtqueue::take_notification() noexcept {
  if (next_used_ == notified_used_ && !notified_wrapped_) return false;
  // The store of the used index must be visible before suppression is read: a driver that turns
  // notifications on looks at the used index afterwards.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const auto used_now = static_cast<uint16_t>(next_used_ - notified_used_);
  bool wanted = notified_wrapped_;
  uint16_t field = 0;
  if (event_index_) {
    if (!load_available(kRingEntries + size_ * kAvailableEntryBytes, field)) return false;
    wanted = wanted || static_cast<uint16_t>(next_used_ - field - 1) < used_now;
  } else {
    if (!load_available(kRingFlags, field)) return false;
    wanted = (field & kAvailableNoInterrupt) == 0;
  }
  notified_used_ = next_used_;
  notified_wrapped_ = false;
  return wanted;
}

}  // namespace rvx
