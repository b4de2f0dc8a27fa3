// A process's Sv39 page table: mapping, copying, and access from the kernel.
#include "kernel/address_space.hpp"

#include "kernel/syscalls.hpp"

extern "C" uint64_t kernel_page_table[512];

namespace {

constexpr unsigned kLevels = 3;
constexpr uint64_t kLeaf = kR | kW | kX;

uint64_t physical_in(uint64_t pte) { return pte >> 10 << 12 & ((1ull << 56) - 1); }
uint64_t size_at(unsigned level) { return kPage << 9 * level; }
uint64_t* table_in(uint64_t pte) { return at_physical<uint64_t>(physical_in(pte)); }
unsigned index_at(uint64_t address, unsigned level) { return address >> (12 + 9 * level) & 511; }

void free_table(uint64_t table, unsigned level) {
  auto* entries = at_physical<uint64_t>(table);
  const unsigned count = level == kLevels - 1 ? 256 : 512;  // the root's upper half is the kernel's
  for (unsigned i = 0; i < count; ++i) {
    const uint64_t pte = entries[i];
    if (!(pte & kV)) continue;
    if (!(pte & kLeaf)) free_table(physical_in(pte), level - 1);
    else if (!(pte & kPteShared)) free_pages(physical_in(pte), size_at(level) / kPage);
  }
  free_pages(table);
}

bool copy_table(AddressSpace& to, const uint64_t* entries, unsigned level, uint64_t address) {
  const unsigned count = level == kLevels - 1 ? 256 : 512;
  for (unsigned i = 0; i < count; ++i, address += size_at(level)) {
    const uint64_t pte = entries[i];
    if (!(pte & kV)) continue;
    if (!(pte & kLeaf)) {
      if (!copy_table(to, table_in(pte), level - 1, address)) return false;
      continue;
    }
    uint64_t page = physical_in(pte);
    if (!(pte & kPteShared)) {
      const uint64_t pages = size_at(level) / kPage;
      const uint64_t original = page;
      page = allocate_pages(pages, pages);
      if (!page) return false;
      memcpy(at_physical(page), at_physical(original), size_at(level));
    }
    if (!to.map(address, page, pte & 0x3ff, level)) return false;
  }
  return true;
}

}  // namespace

bool AddressSpace::create() {
  root_ = allocate_pages();
  if (!root_) return false;
  memcpy(at_physical<uint64_t>(root_) + 256, kernel_page_table + 256, kPage / 2);
  return true;
}

void AddressSpace::destroy() {
  if (root_) free_table(root_, kLevels - 1);
  root_ = 0;
}

uint64_t* AddressSpace::entry(uint64_t address, unsigned level, bool create) {
  auto* table = at_physical<uint64_t>(root_);
  for (unsigned i = kLevels - 1; i > level; --i) {
    uint64_t& pte = table[index_at(address, i)];
    if (!(pte & kV)) {
      const uint64_t page = create ? allocate_pages() : 0;
      if (!page) return nullptr;
      pte = pte_for(page, kV);
    } else if (pte & kLeaf) {
      return &pte;
    }
    table = table_in(pte);
  }
  return &table[index_at(address, level)];
}

bool AddressSpace::map(uint64_t address, uint64_t physical, uint64_t flags, unsigned level) {
  uint64_t* pte = address < kUserEnd ? entry(address, level, true) : nullptr;  // above, the table is the kernel's
  // A and D are set from the start: a machine may fault where they are clear, and nothing here wants to know.
  if (pte) *pte = pte_for(physical, flags | kV | kUser | kA | kD);
  return pte;
}

bool AddressSpace::map_new(uint64_t start, uint64_t end, uint64_t flags) {
  for (uint64_t address = page_down(start); address < end; address += kPage) {
    const uint64_t page = allocate_pages();
    if (!page || !map(address, page, flags)) return false;
  }
  return true;
}

uint64_t AddressSpace::translate(uint64_t address, uint64_t flags) const {
  if (address >= kUserEnd) return 0;
  const auto* table = at_physical<uint64_t>(root_);
  for (unsigned level = kLevels; level--;) {
    const uint64_t pte = table[index_at(address, level)];
    if (!(pte & kV)) return 0;
    if (pte & kLeaf) return (pte & flags) == flags && pte & kUser ? physical_in(pte) + address % size_at(level) : 0;
    table = table_in(pte);
  }
  return 0;
}

bool AddressSpace::copy_from(const AddressSpace& other) { return copy_table(*this, at_physical<uint64_t>(other.root_), kLevels - 1, 0); }

bool AddressSpace::read(uint64_t from, void* to, uint64_t size) const {
  for (auto* out = static_cast<uint8_t*>(to); size;) {
    const uint64_t physical = translate(from, kR);
    if (!physical) return false;
    const uint64_t on_page = kPage - from % kPage;
    const uint64_t part = size < on_page ? size : on_page;
    memcpy(out, at_physical(physical), part);
    out += part, from += part, size -= part;
  }
  return true;
}

bool AddressSpace::write(uint64_t to, const void* from, uint64_t size) {
  for (auto* in = static_cast<const uint8_t*>(from); size;) {
    const uint64_t physical = translate(to, kW);
    if (!physical) return false;
    const uint64_t on_page = kPage - to % kPage;
    const uint64_t part = size < on_page ? size : on_page;
    memcpy(at_physical(physical), in, part);
    in += part, to += part, size -= part;
  }
  return true;
}

bool AddressSpace::read_string(uint64_t from, char* to, uint64_t room) const {
  for (; room; --room, ++to, ++from) {
    if (!read(from, to, 1)) return false;
    if (!*to) return true;
  }
  return false;
}
