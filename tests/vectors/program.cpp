// Puts the parts of a test program together.
#include "program.hpp"

#include <elf.h>
#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace rvx::vectors {

const Program::PlacedPool& Program::pool(const PoolKey& key) {
  const auto [it, is_new] = pools_.try_emplace(key);
  if (is_new) {
    it->second.pool = make_pool(key, seed_ + 17 * pools_.size());
    it->second.address = data_.append(it->second.pool.values);
  }
  return it->second;
}

void Program::add_row(Op row) {
  for (GroupPlan& group : plan_row(row, isa_, seed_)) groups_.push_back(std::move(group));
}

void Program::finish() {
  std::vector<VectorsGroup> groups;
  for (const GroupPlan& group : groups_) {
    groups.push_back(
        {static_cast<uint32_t>(cases_.size()), static_cast<uint32_t>(group.cases.size())});
    for (const CasePlan& plan : group.cases) {
      const PlacedPool& operands = pool(plan.pool);
      const Stub stub = write_stub(plan, code_, kVectorsImage, isa_.has(isa::Ext::kD));
      VectorsCase c = {};
      c.entry = stub.entry;
      c.insn = stub.insn;
      c.in = operands.address;
      c.count = std::min(plan.count, operands.pool.count());
      c.in_bytes = operands.pool.words * 8;
      c.out_bytes = stub.out_bytes;
      c.out_register = stub.out_register;
      c.insn_length = plan.insn.length;
      c.frm = plan.frm;
      c.fs = plan.fp_off ? 0 : 3;
      if (uint64_t{c.count} * c.out_bytes > kVectorsOutEnd - kVectorsOut) {
        throw std::runtime_error("the records of a case need too much room");
      }
      cases_.push_back(c);
      plans_.push_back(&plan);
    }
  }
  header_.group_count = groups.size();
  header_.groups = data_.append(groups);
  header_.cases = data_.append(cases_);
}

std::vector<uint64_t> Program::operands(size_t index, size_t vector) const {
  const Pool& pool = pools_.at(plans_[index]->pool).pool;
  const auto first = pool.values.begin() + static_cast<ptrdiff_t>(vector * pool.words);
  return {first, first + pool.words};
}

std::vector<uint8_t> Program::elf(std::vector<uint8_t> driver, VectorsMode mode,
                                  uint64_t wanted) const {
  VectorsHeader header = header_;
  header.mode = mode;
  header.wanted = wanted;
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
    put(code_.start(), code_.bytes().data(), code_.bytes().size());
    put(data_.start(), data_.bytes().data(), data_.bytes().size());
    return driver;
  }
  throw std::runtime_error("the driver has no room for a test program");
}

}  // namespace rvx::vectors
