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
