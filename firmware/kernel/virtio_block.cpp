// The disk: a virtio block device behind virtio-mmio, of version 1 (QEMU's default) or 2 (rvx).
#include "kernel/virtio_block.hpp"

#include "kernel/console.hpp"
#include "kernel/plic.hpp"
#include "kernel/wait.hpp"

namespace {

// Registers of virtio-mmio.
enum Register : uint64_t {
  kMagic = 0x00, kVersion = 0x04, kDeviceId = 0x08, kDriverFeatures = 0x20, kDriverFeaturesSelect = 0x24,
  kGuestPageSize = 0x28, kQueueSelect = 0x30, kQueueMax = 0x34, kQueueSize = 0x38, kQueueAlign = 0x3c,
  kQueuePage = 0x40, kQueueReady = 0x44, kQueueNotify = 0x50, kInterruptStatus = 0x60, kInterruptAck = 0x64,
  kStatus = 0x70, kQueueDescriptors = 0x80, kQueueDriver = 0x90, kQueueDevice = 0xa0,
};
enum : uint32_t { kMagicValue = 0x74726976, kBlockDevice = 2 };
enum : uint32_t { kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8 };
enum : uint16_t { kNext = 1, kDeviceWrites = 2 };

struct Descriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};
constexpr unsigned kQueue = 64;

struct Available {
  uint16_t flags, index, ring[kQueue];
};
struct Used {
  uint16_t flags, index;
  struct {
    uint32_t id, length;
  } ring[kQueue];
};

}  // namespace

// Request n has descriptors 3n, 3n + 1 and 3n + 2: header, data, status.
struct DiskRequest {
  uint32_t type, reserved;
  uint64_t sector;
  uint8_t status;
  bool in_use, is_done;
  uint64_t channel;  // woken when it is done
};

namespace {

constexpr unsigned kRequests = kQueue / 3;

uint64_t base;
uint32_t interrupt;
Descriptor* descriptors;
Available* available;
volatile Used* used;
uint16_t seen;  // of used->index
DiskRequest requests[kRequests];

volatile uint32_t& reg(uint64_t offset) { return *at_physical<volatile uint32_t>(base + offset); }

void write_address(uint64_t offset, uint64_t address) {
  reg(offset) = static_cast<uint32_t>(address);
  reg(offset + 4) = static_cast<uint32_t>(address >> 32);
}

// Both versions take this layout, which is the only one that version 1 allows: descriptors, what is
// available right behind them, what is used on the next page.
void set_up_queue(uint32_t version) {
  const uint64_t queue = allocate_pages(2);
  if (!queue) panic("no memory for the disk's queue");
  const uint64_t rings[] = {queue, queue + kQueue * sizeof(Descriptor), queue + kPage};
  descriptors = at_physical<Descriptor>(rings[0]);
  available = at_physical<Available>(rings[1]);
  used = at_physical<volatile Used>(rings[2]);
  reg(kQueueSelect) = 0;
  if (reg(kQueueMax) < kQueue) panic("the disk's queue is too short");
  reg(kQueueSize) = kQueue;
  if (version == 1) {
    reg(kGuestPageSize) = kPage;
    reg(kQueueAlign) = kPage;
    reg(kQueuePage) = static_cast<uint32_t>(queue / kPage);
    return;
  }
  write_address(kQueueDescriptors, rings[0]);
  write_address(kQueueDriver, rings[1]);
  write_address(kQueueDevice, rings[2]);
  reg(kQueueReady) = 1;
}

}  // namespace

void disk_begin() {
  for (unsigned i = 0; i < platform.virtio_count; ++i) {
    base = platform.virtio[i].base;
    if (reg(kMagic) == kMagicValue && reg(kDeviceId) == kBlockDevice) {
      interrupt = platform.virtio[i].interrupt;
      break;
    }
    base = 0;
  }
  if (!base) return;
  const uint32_t version = reg(kVersion);
  reg(kStatus) = 0;
  reg(kStatus) = kAcknowledge | kDriver;
  // No feature but, in version 2, the bit that says "not version 1".
  reg(kDriverFeaturesSelect) = 0;
  reg(kDriverFeatures) = 0;
  if (version == 2) {
    reg(kDriverFeaturesSelect) = 1;
    reg(kDriverFeatures) = 1;
    reg(kStatus) = kAcknowledge | kDriver | kFeaturesOk;
  }
  set_up_queue(version);
  reg(kStatus) = kAcknowledge | kDriver | (version == 2 ? kFeaturesOk : 0u) | kDriverOk;
  enable_device_interrupt(interrupt);
}

DiskRequest* start_read(uint64_t sector, uint64_t physical, uint64_t size, uint64_t channel) {
  if (!base) return nullptr;
  unsigned slot = 0;
  while (slot < kRequests && requests[slot].in_use) ++slot;
  if (slot == kRequests) return nullptr;
  DiskRequest& request = requests[slot];
  request = DiskRequest{0, 0, sector, 0xff, true, false, channel ? channel : channel_of(&request)};
  Descriptor* chain = descriptors + 3 * slot;
  const auto first = static_cast<uint16_t>(3 * slot);
  chain[0] = {physical_of(&request), 16, kNext, static_cast<uint16_t>(first + 1)};
  chain[1] = {physical, static_cast<uint32_t>(size), kNext | kDeviceWrites, static_cast<uint16_t>(first + 2)};
  chain[2] = {physical_of(&request.status), 1, kDeviceWrites, 0};
  available->ring[available->index % kQueue] = first;
  asm volatile("fence w, w" ::: "memory");
  available->index = static_cast<uint16_t>(available->index + 1);
  asm volatile("fence w, o" ::: "memory");
  reg(kQueueNotify) = 0;
  return &request;
}

bool is_done(const DiskRequest& request) { return request.is_done; }

bool end_read(DiskRequest& request) {
  const bool is_good = *const_cast<volatile uint8_t*>(&request.status) == 0;
  request.in_use = false;
  wake(channel_of(&base), 1);
  return is_good;
}

bool read_sectors(uint64_t sector, uint64_t physical, uint64_t size) {
  DiskRequest* request;
  while (base && !(request = start_read(sector, physical, size))) {
    wait_for(channel_of(&base));
    if (current()->process->is_ending) return false;
  }
  if (!base) return false;
  // Even a process that ends waits for this: the device still writes to its page.
  while (!request->is_done) wait_for(request->channel, Wait::kInAnyCase);
  return end_read(*request);
}

bool disk_is_busy() {
  for (const DiskRequest& request : requests)
    if (request.in_use && !request.is_done) return true;
  return false;
}

bool disk_interrupt(uint32_t source) {
  if (!base || source != interrupt) return false;
  reg(kInterruptAck) = reg(kInterruptStatus);
  asm volatile("fence i, r" ::: "memory");
  for (; seen != used->index; ++seen) {
    asm volatile("fence r, r" ::: "memory");
    DiskRequest& request = requests[used->ring[seen % kQueue].id / 3];
    request.is_done = true;
    wake(request.channel);
  }
  return true;
}
