// Physical pages in a bitmap: one bit for each page of RAM, set if in use; found by searching on from the last one given.
#include "kernel/pages.hpp"

namespace {

uint64_t first, page_count, next, free_count;
uint64_t* used;

bool is_used(uint64_t page) { return used[page / 64] >> page % 64 & 1; }

void mark(uint64_t page, bool in_use) {
  if (is_used(page) == in_use) return;
  used[page / 64] ^= 1ull << page % 64;
  free_count += in_use ? -1ull : 1ull;
}

bool are_free(uint64_t page, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i)
    if (is_used(page + i)) return false;
  return true;
}

}  // namespace

uint64_t page_bitmap_size(uint64_t start, uint64_t end) { return page_up((end - start) / kPage / 8 + 16); }

void pages_begin(uint64_t start, uint64_t end) {
  first = page_up(start);
  page_count = (page_down(end) - first) / kPage;
  free_count = page_count;
  used = at_physical<uint64_t>(first);
  const uint64_t size = page_bitmap_size(start, end);
  memset(used, 0, size);
  pages_reserve(first, first + size);
}

void pages_reserve(uint64_t start, uint64_t end) {
  for (uint64_t page = page_down(start); page < end; page += kPage)
    if (page >= first && page < first + page_count * kPage) mark((page - first) / kPage, true);
}

uint64_t allocate_pages(uint64_t count, uint64_t alignment) {
  const uint64_t bias = first / kPage;  // alignment is of the address, not of the index
  for (uint64_t tried = 0; tried < page_count + alignment; ) {
    if (next + count > page_count) {
      tried += page_count - next + 1;
      next = 0;
    }
    const uint64_t off = (next + bias) % alignment;
    if (off == 0 && are_free(next, count)) {
      for (uint64_t i = 0; i < count; ++i) mark(next + i, true);
      const uint64_t address = first + next * kPage;
      next += count;
      memset(at_physical(address), 0, count * kPage);
      return address;
    }
    const uint64_t step = off ? alignment - off : 1;
    next += step;
    tried += step;
  }
  return 0;
}

void free_pages(uint64_t address, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) mark((address - first) / kPage + i, false);
}

uint64_t free_page_count() { return free_count; }
