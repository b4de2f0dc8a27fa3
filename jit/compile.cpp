// From the instructions of one region to host code for any hart, at any address.
#include "jit/compile.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <unordered_map>

#include "jit/emitter.hpp"
#include "jit/record.hpp"

namespace rvx::jit {

uint64_t host_ns() noexcept {
  return static_cast<uint64_t>(std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

std::vector<GuestInsn> insns_of(const Region& region) {
  std::vector<GuestInsn> insns;
  insns.reserve(region.insns.size());
  for (const IrInsn& insn : region.insns) insns.push_back({insn.offset, insn.insn.length, insn.insn.bits});
  return insns;
}

bool are_in(std::span<const GuestInsn> insns, const uint8_t* page) noexcept {
  return std::all_of(insns.begin(), insns.end(),
                     [&](const GuestInsn& insn) { return std::memcmp(page + insn.offset, &insn.bits, insn.length) == 0; });
}

void compile(CompileJob& job) {
  uint64_t began = host_ns();
  const auto finish = [&](Stage stage) {
    const uint64_t now = host_ns();
    job.stage_ns[static_cast<size_t>(stage)] += now - began;
    began = now;
  };
  const auto made = std::make_shared<CompiledRegion>();
  CompiledRegion& result = *made;
  Region& region = job.region;
  result.physical = region.physical;
  result.kind = job.kind;
  result.insns = insns_of(region);
  result.apart = job.apart;
  record(region);
  finish(Stage::kRecord);

  drop_dead_writes(region);
  result.homes = choose_homes(region);
  const Flow flow = trace_registers(region, result.homes);
  const auto merges = [&](uint16_t offset) { return std::find(job.apart.begin(), job.apart.end(), offset) == job.apart.end(); };
  // Where a line has a check of its own, longer groups would hardly ever find theirs.
  const int64_t longest = job.kind == Kind::kModelled && job.model.data_shift != 0 ? int64_t{1} << job.model.data_shift : kLongestRange;
  const Checks checks = merge_checks(region, merges, is_window(job.kind), longest);
  finish(Stage::kPasses);

  CodeHolder code;
  code.init(asmjit::Environment::host());
  Emitter emitter(
      code, region, result.homes, flow, checks, [&] { return &result.sites.emplace_back(); },
      [&] {
        result.exits.emplace_back();
        return result.exits.size() - 1;
      });
  if (job.tallies != nullptr) emitter.set_tallies(*job.tallies);
  if (job.kind == Kind::kModelled) emitter.use_model(job.model);
  if (is_window(job.kind)) emitter.use_window(half_of(job.kind));
  emitter.run();
  code.flatten();
  code.resolveUnresolvedLinks();
  result.code.resize(code.codeSize());
  code.copyFlattenedData(result.code.data(), result.code.size());

  const auto offset_of = [&](const Label& label) { return static_cast<uint32_t>(code.labelOffset(label)); };
  constexpr size_t kFieldBytes = 4;
  for (const Emitter::PendingExit& exit : emitter.exits())
    result.exits[exit.record] = {offset_of(exit.displacement) - kFieldBytes, region.physical, exit.offset, job.kind};
  std::unordered_map<const Site*, uint32_t> numbers;
  for (const Site& site : result.sites) numbers.emplace(&site, static_cast<uint32_t>(numbers.size()));
  for (const Emitter::Address& address : emitter.addresses()) {
    const bool is_site = address.site != nullptr;
    result.addresses.push_back({static_cast<uint32_t>(address.at), is_site ? numbers.at(address.site) : static_cast<uint32_t>(address.record), is_site});
  }
  for (const Emitter::WindowAccess& access : emitter.window_accesses())
    result.window_accesses.emplace_back(offset_of(access.at), offset_of(access.stub));
  for (const Emitter::Entry& entry : emitter.entries()) result.entries.push_back({entry.offset, offset_of(entry.direct), offset_of(entry.leave)});
  if (job.tallies != nullptr) {
    for (const Label& label : emitter.block_labels()) result.block_at.push_back(offset_of(label));
    for (const Label& label : emitter.insn_labels()) result.insn_at.push_back(offset_of(label));
    result.blocks_end = offset_of(emitter.blocks_end());
  }
  job.result = made;
  finish(Stage::kEmit);
}

}  // namespace rvx::jit
