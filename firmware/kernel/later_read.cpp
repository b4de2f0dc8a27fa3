// Reads that nobody waits for: the device writes to a page of the kernel's, which is copied when the program asks.
#include "kernel/later_read.hpp"

#include "kernel/virtio_block.hpp"
#include "kernel/wait.hpp"

namespace {

struct LaterRead {
  DiskRequest* request;  // nullptr: free
  const Process* process;  // nullptr: it ended, but the device still writes
  uint64_t page, to, number;
};
LaterRead reads[32];

bool end(LaterRead& read) {
  const bool is_good = end_read(*read.request);
  free_pages(read.page);
  read.request = nullptr;
  return is_good;
}

}  // namespace

int64_t read_later(const File& file, uint64_t offset, uint64_t to, uint64_t number) {
  const uint64_t sector = sector_of(file, offset);
  LaterRead* read = nullptr;
  for (LaterRead& other : reads) {
    if (other.request && !other.process && is_done(*other.request)) end(other);
    if (!other.request) read = &other;
  }
  const uint64_t page = sector && read ? allocate_pages() : 0;
  if (!page) return kFailed;
  const Process* process = current()->process;
  DiskRequest* request = start_read(sector, page, kSector, channel_of_reads(*process));
  if (!request) {
    free_pages(page);
    return kFailed;
  }
  *read = {request, process, page, to, number};
  return 0;
}

int64_t take_ended_read() {
  Process& process = *current()->process;
  for (LaterRead& read : reads) {
    if (!read.request || read.process != &process || !is_done(*read.request)) continue;
    process.space.write(read.to, at_physical(read.page), kSector);
    end(read);
    return static_cast<int64_t>(read.number);
  }
  return kFailed;
}

uint64_t channel_of_reads(const Process& process) { return channel_of(&process.heap); }

void abandon_reads(const Process& process) {
  for (LaterRead& read : reads)
    if (read.process == &process) read.process = nullptr;
}
