// Writes the generated part of a test program into the driver's ELF file.
#include "image.hpp"

#include <elf.h>
#include <cstring>
#include <stdexcept>

namespace rvx::vectors {

void Image::set_tables(const std::vector<VectorsGroup>& groups,
                       const std::vector<VectorsCase>& cases) {
  for (const VectorsCase& c : cases) {
    if (uint64_t{c.count} * c.out_bytes > kVectorsOutEnd - kVectorsOut) {
      throw std::runtime_error("the records of a case need too much room");
    }
  }
  header_.group_count = groups.size();
  header_.groups = data.append(groups);
  header_.cases = data.append(cases);
}

std::vector<uint8_t> Image::elf(std::vector<uint8_t> driver, VectorsMode mode,
                                uint64_t wanted) const {
  VectorsHeader header = header_;
  header.mode = mode;
  header.wanted = wanted;
  header.is_paged = is_paged;
  Elf64_Ehdr file;
  std::memcpy(&file, driver.data(), sizeof file);
  for (unsigned i = 0; i < file.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, &driver[file.e_phoff + i * sizeof segment], sizeof segment);
    if (segment.p_type != PT_LOAD || kVectorsImage < segment.p_paddr ||
        kVectorsImageEnd > segment.p_paddr + segment.p_filesz) {
      continue;
    }
    const auto put = [&](uint64_t address, const void* bytes, size_t size) {
      std::memcpy(&driver[segment.p_offset + (address - segment.p_paddr)], bytes, size);
    };
    put(kVectorsImage, &header, sizeof header);
    put(code.start(), code.bytes().data(), code.bytes().size());
    put(data.start(), data.bytes().data(), data.bytes().size());
    return driver;
  }
  throw std::runtime_error("the driver has no room for a test program");
}

}  // namespace rvx::vectors
