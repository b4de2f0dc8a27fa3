// Programs: finds them in the initrd (cpio, "newc"), maps their segments (ELF), lays out their arguments.
#include "kernel/elf.hpp"

#include "kernel/console.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/syscalls.hpp"

namespace {

struct ElfHeader {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, segments, sections;
  uint32_t flags;
  uint16_t size, segment_size, segment_count, section_size, section_count, names;
};
struct ElfSegment {
  uint32_t type, flags;
  uint64_t offset, address, physical, file_size, memory_size, alignment;
};
enum : uint32_t { kLoad = 1, kExecutable = 1, kWritable = 2 };
constexpr uint16_t kRiscv = 243;

// Thirteen numbers of eight hexadecimal digits follow the magic "070701".
uint64_t cpio_number(const char* header, unsigned index) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const char c = header[6 + 8 * index + i];
    value = value * 16 + static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
  }
  return value;
}

// The file's bytes in the initrd, or nullptr.
const uint8_t* find_file(const char* name, uint64_t& size) {
  constexpr uint64_t kHeader = 110;
  const uint64_t end = platform.initrd_end;
  for (uint64_t at = platform.initrd_start; at + kHeader < end;) {
    const char* header = at_physical<const char>(at);
    if (memcmp(header, "070701", 6) != 0) break;
    const char* found = header + kHeader;
    const uint64_t name_size = cpio_number(header, 11);
    size = cpio_number(header, 6);
    // Name and contents are padded to four bytes, counted from the archive's start.
    const uint64_t data = platform.initrd_start + ((at - platform.initrd_start + kHeader + name_size + 3) & ~3ull);
    if (equal(found, "TRAILER!!!")) break;
    if (equal(found, name)) return data + size <= end ? at_physical<const uint8_t>(data) : nullptr;
    at = platform.initrd_start + ((data - platform.initrd_start + size + 3) & ~3ull);
  }
  return nullptr;
}

bool load_segment(AddressSpace& space, const ElfSegment& segment, const uint8_t* file, uint64_t size) {
  const uint64_t start = segment.address, end = start + segment.memory_size;
  if (segment.file_size > segment.memory_size || segment.offset > size || segment.file_size > size - segment.offset) return false;
  if (end < start || end > kUserHeap) return false;
  const uint64_t flags = kR | (segment.flags & kWritable ? kW : 0) | (segment.flags & kExecutable ? kX : 0);
  if (!space.map_new(start, end, flags)) return false;
  for (uint64_t done = 0; done < segment.file_size;) {
    const uint64_t on_page = kPage - (start + done) % kPage, left = segment.file_size - done;
    const uint64_t part = left < on_page ? left : on_page;
    memcpy(at_physical(space.translate(start + done, 0)), file + segment.offset + done, part);
    done += part;
  }
  return true;
}

}  // namespace

uint64_t load_program(AddressSpace& space, const char* name) {
  uint64_t size = 0;
  const uint8_t* file = find_file(name, size);
  if (!file || size < sizeof(ElfHeader)) return 0;
  ElfHeader header;
  memcpy(&header, file, sizeof header);
  if (memcmp(header.ident, "\x7f" "ELF\2\1", 6) != 0 || header.machine != kRiscv) return 0;
  for (unsigned i = 0; i < header.segment_count; ++i) {
    ElfSegment segment;
    const uint64_t at = header.segments + i * sizeof segment;
    if (at + sizeof segment > size) return 0;
    memcpy(&segment, file + at, sizeof segment);
    if (segment.type == kLoad && !load_segment(space, segment, file, size)) return 0;
  }
  if (!space.map_new(kUserStackEnd - kUserStackSize, kUserStackEnd, kR | kW)) return 0;
  return header.entry;
}

uint64_t push_arguments(AddressSpace& space, const char* arguments, uint64_t size, uint64_t count) {
  if (size + 8 * count > kPage) return 0;
  const uint64_t strings = kUserStackEnd - size, argv = (strings - 8 * (count + 1)) & ~15ull;
  if (!space.write(strings, arguments, size)) return 0;
  for (uint64_t i = 0, at = 0; i < count && at < size; ++i) {
    const uint64_t address = strings + at;
    if (!space.write(argv + 8 * i, &address, 8)) return 0;
    at += strlen(arguments + at) + 1;
  }
  return argv;
}
