// virtio-blk: request parsing, the disk operations, and completion in order at a deadline.
#include "devices/virtio/block.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

namespace rvx {

namespace {

constexpr uint64_t kFeatureSegMax = 1u << 2;
constexpr uint64_t kFeatureReadOnly = 1u << 5;
constexpr uint64_t kFeatureBlockSize = 1u << 6;
constexpr uint64_t kFeatureFlush = 1u << 9;
constexpr uint64_t kFeatureDiscard = 1u << 13;
constexpr uint64_t kFeatureWriteZeroes = 1u << 14;

constexpr uint32_t kTypeIn = 0;
constexpr uint32_t kTypeOut = 1;
constexpr uint32_t kTypeFlush = 4;
constexpr uint32_t kTypeGetId = 8;
constexpr uint32_t kTypeDiscard = 11;
constexpr uint32_t kTypeWriteZeroes = 13;

constexpr uint8_t kStatusOk = 0;
constexpr uint8_t kStatusIoError = 1;
constexpr uint8_t kStatusUnsupported = 2;

struct RequestHeader {
  uint32_t type;
  uint32_t reserved;
  uint64_t sector;
};
static_assert(sizeof(RequestHeader) == 16);

struct Range {
  uint64_t sector;
  uint32_t sectors;
  uint32_t flags;
};
static_assert(sizeof(Range) == 16);
constexpr uint32_t kRangeUnmap = 1;

// CHOICE: as many entries as QEMU offers; header and status take two of them.
constexpr uint16_t kQueueSize = 256;
constexpr uint32_t kSegMax = kQueueSize - 2;

// CHOICE: bounds on what one request may clear, so that zeros which must be written take no longer
// than other large requests.
constexpr uint32_t kMaxRanges = 16;
constexpr uint32_t kMaxDiscardSectors = (uint32_t{1} << 30) / kSectorBytes;
constexpr uint32_t kMaxWriteZeroesSectors = (uint32_t{16} << 20) / kSectorBytes;

// struct virtio_blk_config, up to the fields for secure erase.
struct Config {
  uint64_t capacity;
  uint32_t size_max;
  uint32_t seg_max;
  uint8_t geometry[4];
  uint32_t blk_size;
  uint8_t topology[8];
  uint8_t writeback;
  uint8_t unused0;
  uint16_t num_queues;
  uint32_t max_discard_sectors;
  uint32_t max_discard_seg;
  uint32_t discard_sector_alignment;
  uint32_t max_write_zeroes_sectors;
  uint32_t max_write_zeroes_seg;
  uint8_t write_zeroes_may_unmap;
  uint8_t unused1[3];
};
static_assert(offsetof(Config, write_zeroes_may_unmap) == 56);

}  // namespace

VirtioBlock::VirtioBlock(DmaPort& dma, Clock& clock, std::unique_ptr<Disk> disk, Options options)
    : VirtioDevice(kVirtioIdBlock, dma, {kQueueSize}),
      clock_(clock),
      disk_(std::move(disk)),
      latency_ns_(options.latency_ns),
      self_(std::make_shared<VirtioBlock*>(this)) {
  std::copy_n(options.id.begin(), std::min(options.id.size(), id_.size()), id_.begin());
  build_config();
}

void VirtioBlock::build_config() noexcept {
  Config config{};
  config.capacity = disk_->size() / kSectorBytes;
  config.seg_max = kSegMax;
  config.blk_size = kSectorBytes;
  if (!disk_->is_read_only()) {
    config.max_discard_sectors = kMaxDiscardSectors;
    config.max_discard_seg = kMaxRanges;
    config.discard_sector_alignment = 1;
    config.max_write_zeroes_sectors = kMaxWriteZeroesSectors;
    config.max_write_zeroes_seg = kMaxRanges;
    config.write_zeroes_may_unmap = 1;
  }
  std::memcpy(config_.data(), &config, config_.size());
}

uint64_t VirtioBlock::type_features() const noexcept {
  const uint64_t always = kFeatureSegMax | kFeatureBlockSize | kFeatureFlush;
  return always |
         (disk_->is_read_only() ? kFeatureReadOnly : kFeatureDiscard | kFeatureWriteZeroes);
}

// --- Order and time -----------------------------------------------------------------------------

void VirtioBlock::process(unsigned queue) noexcept {
  if (latency_ns_ == 0) {
    while (pop(queue, chain_)) perform(chain_);
    notify_driver(queue);
    return;
  }
  const uint64_t deadline = clock_.now_ns() + latency_ns_;
  while (pop(queue, chain_)) {
    waiting_heads_.push_back(chain_.head);
    waiting_deadlines_.push_back(deadline);
  }
  arm();
}

void VirtioBlock::drop_requests(unsigned /*queue*/) noexcept {
  waiting_heads_.clear();
  waiting_deadlines_.clear();
}

// One action of the clock at a time, for the oldest request. It may find that requests were dropped
// and others came since; it then waits for those.
void VirtioBlock::arm() {
  if (armed_ || waiting_heads_.empty()) return;
  armed_ = true;
  std::weak_ptr<VirtioBlock*> weak = self_;
  clock_.call_at(waiting_deadlines_.front(), [weak] {
    if (const auto alive = weak.lock()) (*alive)->complete_due();
  });
}

bool VirtioBlock::restored() noexcept {
  bool is_plausible = VirtioDevice::restored();
  if (waiting_heads_.size() != waiting_deadlines_.size()) {
    drop_requests(0);
    is_plausible = false;
  }
  armed_ = false;
  arm();
  return is_plausible;
}

void VirtioBlock::complete_due() noexcept {
  armed_ = false;
  if (!can_use(0)) {
    drop_requests(0);
    return;
  }
  const uint64_t now = clock_.now_ns();
  size_t done = 0;
  while (done < waiting_heads_.size() && waiting_deadlines_[done] <= now) {
    // The guest has had time to rewrite the chain, so it is read and checked anew.
    const QueueError error = queue(0).read_chain(waiting_heads_[done++], chain_);
    if (error != QueueError::kNone) {
      fail(error);
      return;
    }
    perform(chain_);
  }
  // A failure has emptied the lists.
  if (done <= waiting_heads_.size()) {
    const auto count = static_cast<std::ptrdiff_t>(done);
    waiting_heads_.erase(waiting_heads_.begin(), waiting_heads_.begin() + count);
    waiting_deadlines_.erase(waiting_deadlines_.begin(), waiting_deadlines_.begin() + count);
  }
  notify_driver(0);
  arm();
}

// --- Requests -----------------------------------------------------------------------------------

// The framing is free: header, data and status are told apart by their place among the readable and
// the writable bytes only.
void VirtioBlock::perform(const Chain& chain) noexcept {
  ChainReader data(dma(), chain);
  RequestHeader header;
  if (chain.writable_bytes == 0 || !data.copy(&header, sizeof(header))) {
    fail(QueueError::kBadRequest);
    return;
  }
  const Outcome outcome = execute(header.type, header.sector, chain, data);

  const uint64_t before_status = chain.writable_bytes - 1;
  ChainWriter writer(dma(), chain);
  writer.skip(before_status);
  if (!writer.copy(&outcome.status, 1)) {
    fail(QueueError::kBufferOutsideRam);
    return;
  }
  // The used length vouches for bytes from the front on; the status counts if there is no gap
  // before it.
  const bool is_whole = outcome.data_written == before_status;
  push(0, chain, outcome.data_written + (is_whole ? 1 : 0));
}

VirtioBlock::Outcome VirtioBlock::execute(uint32_t type, uint64_t sector, const Chain& chain,
                                          ChainReader& data) noexcept {
  switch (type) {
    case kTypeIn: return read_sectors(sector, chain);
    case kTypeOut: return write_sectors(sector, data);
    case kTypeFlush: return {disk_->flush() ? kStatusOk : kStatusIoError};
    case kTypeGetId: return identify(chain);
    case kTypeDiscard: return clear_ranges(true, data);
    case kTypeWriteZeroes: return clear_ranges(false, data);
    default: return {kStatusUnsupported};
  }
}

bool VirtioBlock::is_on_disk(uint64_t sector, uint64_t bytes) const noexcept {
  const uint64_t capacity = disk_->size() / kSectorBytes;
  return bytes % kSectorBytes == 0 && sector <= capacity &&
         bytes / kSectorBytes <= capacity - sector;
}

VirtioBlock::Outcome VirtioBlock::read_sectors(uint64_t sector, const Chain& chain) noexcept {
  const uint64_t bytes = chain.writable_bytes - 1;
  if (!is_on_disk(sector, bytes)) return {kStatusIoError};
  ChainWriter writer(dma(), chain);
  std::array<uint8_t, kSectorBytes> straddling;
  uint64_t done = 0;
  while (done < bytes) {
    const uint64_t offset = sector * kSectorBytes + done;
    const uint64_t whole =
        std::min(writer.contiguous(), bytes - done) / kSectorBytes * kSectorBytes;
    if (whole != 0) {
      const auto target = writer.next(whole);
      if (target.size() != whole || !disk_->read(offset, target)) return {kStatusIoError, done};
      done += whole;
    } else {
      // A sector that is split between segments.
      if (!disk_->read(offset, straddling) || !writer.copy(straddling.data(), straddling.size())) {
        return {kStatusIoError, done};
      }
      done += kSectorBytes;
    }
  }
  return {kStatusOk, bytes};
}

VirtioBlock::Outcome VirtioBlock::write_sectors(uint64_t sector, ChainReader& data) noexcept {
  const uint64_t bytes = data.remaining();
  if (disk_->is_read_only() || !is_on_disk(sector, bytes)) return {kStatusIoError};
  std::array<uint8_t, kSectorBytes> straddling;
  uint64_t done = 0;
  while (done < bytes) {
    const uint64_t offset = sector * kSectorBytes + done;
    const uint64_t whole = std::min(data.contiguous(), bytes - done) / kSectorBytes * kSectorBytes;
    if (whole != 0) {
      const auto source = data.next(whole);
      if (source.size() != whole || !disk_->write(offset, source)) return {kStatusIoError};
      done += whole;
    } else {
      if (!data.copy(straddling.data(), straddling.size()) || !disk_->write(offset, straddling)) {
        return {kStatusIoError};
      }
      done += kSectorBytes;
    }
  }
  return {make_stable() ? kStatusOk : kStatusIoError};
}

VirtioBlock::Outcome VirtioBlock::identify(const Chain& chain) noexcept {
  const uint64_t bytes = std::min<uint64_t>(chain.writable_bytes - 1, id_.size());
  ChainWriter writer(dma(), chain);
  if (!writer.copy(id_.data(), bytes)) return {kStatusIoError};
  return {kStatusOk, bytes};
}

VirtioBlock::Outcome VirtioBlock::clear_ranges(bool discard, ChainReader& data) noexcept {
  const uint64_t bytes = data.remaining();
  if (disk_->is_read_only()) return {kStatusIoError};
  if (bytes == 0 || bytes % sizeof(Range) != 0 || bytes / sizeof(Range) > kMaxRanges) {
    return {kStatusIoError};
  }
  const uint32_t known_flags = discard ? 0 : kRangeUnmap;
  const uint32_t most_sectors = discard ? kMaxDiscardSectors : kMaxWriteZeroesSectors;
  while (data.remaining() != 0) {
    Range range;
    if (!data.copy(&range, sizeof(range))) return {kStatusIoError};
    if ((range.flags & ~known_flags) != 0) return {kStatusUnsupported};
    const uint64_t length = range.sectors * kSectorBytes;
    if (range.sectors > most_sectors || !is_on_disk(range.sector, length)) return {kStatusIoError};
    if (length == 0) continue;
    const uint64_t offset = range.sector * kSectorBytes;
    const bool unmap = (range.flags & kRangeUnmap) != 0;
    const bool done =
        discard ? disk_->discard(offset, length) : disk_->write_zeros(offset, length, unmap);
    if (!done) return {kStatusIoError};
  }
  return {make_stable() ? kStatusOk : kStatusIoError};
}

// A driver that did not negotiate flushes counts on every completed write being stable.
bool VirtioBlock::make_stable() noexcept { return has_feature(kFeatureFlush) || disk_->flush(); }

}  // namespace rvx
