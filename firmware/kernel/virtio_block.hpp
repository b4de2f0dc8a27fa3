// The disk: a virtio block device behind virtio-mmio, with many requests at a time.
#pragma once

#include <stdint.h>

inline constexpr uint64_t kSector = 512;
struct DiskRequest;

// Whether any request is under way.
bool disk_is_busy();
// Finds the first disk, if any.
void disk_begin();
// Whether the interrupt was the disk's.
bool disk_interrupt(uint32_t source);
// Reads `size` bytes from a sector on to adjacent physical memory; the current thread waits. False: no disk, or an error.
bool read_sectors(uint64_t sector, uint64_t physical, uint64_t size);

// The same without waiting: `channel` is woken when it is_done(), and then end_read() says whether it went well and frees
// the request. nullptr: no disk, or no room for another one.
DiskRequest* start_read(uint64_t sector, uint64_t physical, uint64_t size, uint64_t channel = 0);
bool is_done(const DiskRequest& request);
bool end_read(DiskRequest& request);
