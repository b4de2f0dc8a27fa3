// Puts the parts of a test program together.
#include "program.hpp"

#include <algorithm>

namespace rvx::vectors {

const Program::PlacedPool& Program::pool(const PoolKey& key) {
  const auto [it, is_new] = pools_.try_emplace(key);
  if (is_new) {
    it->second.pool = make_pool(key, seed_ + 17 * pools_.size());
    it->second.address = image_.data.append(it->second.pool.values);
  }
  return it->second;
}

void Program::add_row(Op row) {
  for (GroupPlan& group : plan_row(row, isa_, seed_)) groups_.push_back(std::move(group));
}

void Program::finish() {
  std::vector<VectorsGroup> groups;
  std::vector<VectorsCase> cases;
  for (const GroupPlan& group : groups_) {
    groups.push_back(
        {static_cast<uint32_t>(plans_.size()), static_cast<uint32_t>(group.cases.size())});
    for (const CasePlan& plan : group.cases) {
      const PlacedPool& operands = pool(plan.pool);
      const Stub stub = write_stub(plan, image_.code, kVectorsImage, isa_.has(isa::Ext::kD));
      VectorsCase c = {};
      c.entry = stub.entry;
      c.insn = stub.insn;
      c.in = operands.address;
      c.count = std::min(plan.count, operands.pool.count());
      c.in_bytes = operands.pool.words * 8;
      c.out_bytes = stub.out_bytes;
      c.out_register = stub.out_register;
      c.insn_end = stub.insn + plan.insn.length;
      c.frm = plan.frm;
      c.fs = plan.fp_off ? 0 : 3;
      cases.push_back(c);
      plans_.push_back(&plan);
    }
  }
  image_.set_tables(groups, cases);
}

std::vector<uint64_t> Program::operands(size_t index, size_t vector) const {
  const Pool& pool = pools_.at(plans_[index]->pool).pool;
  const auto first = pool.values.begin() + static_cast<ptrdiff_t>(vector * pool.words);
  return {first, first + pool.words};
}

}  // namespace rvx::vectors
