// A machine with modelled TLBs and caches: when they begin to count, and what they have counted.
#include <utility>
#include <vector>

#include "machine/machine.hpp"

namespace rvx {

void Machine::prepare_models() {
  paces_.resize(harts_.size());
  if (!config_.model) return;
  // Software asks once how wide ASIDs are, and relies on it: from the start.
  for (auto& hart : harts_) hart->set_asid_bits(config_.model->asid_bits);
  if (config_.model_from == 0) attach_models();
}

void Machine::attach_models() {
  std::shared_ptr<LowerCache> shared;
  if (config_.model->l2 && harts_.size() > 1) shared = std::make_shared<LowerCache>(*config_.model->l2, 1);
  for (size_t i = 0; i < harts_.size(); ++i) {
    models_.push_back(std::make_unique<MemoryModel>(*config_.model, static_cast<unsigned>(i), shared));
    harts_[i]->attach(models_[i].get(), config_.model_is_exact);
    if (!translators_.empty()) translators_[i]->attach_model(harts_[i]->port());
    codes_[i]->flush();
  }
  waiting_for_.assign(harts_.size(), kNobodyWaits);
  fences_awaited_.assign(harts_.size(), 0);
  // Devices are coherent: a line that one has written to is fetched again.
  memory_->on_device_write = [this](uint64_t address, uint64_t length) {
    for (auto& model : models_) model->invalidate_lines(address, length);
  };
}

void Machine::sent_ipi(Hart& from, unsigned to) noexcept {
  if (models_.empty()) return;
  models_[from.id()]->sent_ipi();
  if (to != from.id()) waiting_for_[to] = from.id();
}

// SBI's remote fences: the hart that asks sends an interrupt and spins until firmware there has fenced.
void Machine::firmware_fence(Hart& hart) noexcept {
  if (models_.empty() || waiting_for_[hart.id()] == kNobodyWaits) return;
  ++fences_awaited_[std::exchange(waiting_for_[hart.id()], kNobodyWaits)];
}

// Where harts take turns, what a hart has waited for is known when it has its next one. Returns the cycles.
uint64_t Machine::charge_awaited_fences(Hart& hart) noexcept {
  if (models_.empty() || fences_awaited_[hart.id()] == 0) return 0;
  const uint64_t before = hart.cycles();
  models_[hart.id()]->awaited_fences(std::exchange(fences_awaited_[hart.id()], 0));
  return hart.cycles() - before;
}

void Machine::each_model_counter(const CounterVisitor& visit) const {
  if (models_.empty()) return;
  std::vector<std::pair<std::string, uint64_t>> sums;
  for (size_t i = 0; i < models_.size(); ++i) {
    harts_[i]->charge_instructions();
    // What harts share is the first one's alone, whose counters are thus all that there are.
    size_t next = 0;
    models_[i]->each_counter(!config_.model_is_exact, [&](std::string name, uint64_t value) {
      if (i == 0) return static_cast<void>(sums.emplace_back(std::move(name), value));
      while (sums[next].first != name) ++next;
      sums[next].second += value;
    });
  }
  for (const auto& [name, value] : sums) visit(name, value);
}

}  // namespace rvx
