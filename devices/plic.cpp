// The platform-level interrupt controller: gateways, arbitration, claim and completion.
#include "devices/plic.hpp"

#include <bit>
#include <utility>

namespace rvx {
namespace {

constexpr uint64_t kPendingBase = 0x1000;
constexpr uint64_t kEnableBase = 0x2000;
constexpr uint64_t kEnableStride = 0x80;
constexpr uint64_t kContextBase = 0x200000;
constexpr uint64_t kContextStride = 0x1000;
constexpr uint64_t kThreshold = 0;  // offsets inside a context
constexpr uint64_t kClaimComplete = 4;

}  // namespace

Plic::Plic(unsigned sources, uint32_t max_priority, unsigned harts, Output output)
    : sources_(sources < kMaxSources ? sources : kMaxSources),
      max_priority_(max_priority),
      contexts_(2 * harts),
      words_(sources_ / 32 + 1),
      output_(std::move(output)),
      output_level_(contexts_, 0) {
  reset();
}

void Plic::reset() noexcept {
  level_.assign(words_, 0);
  claimed_.assign(words_, 0);
  priority_.assign(sources_ + 1, 0);
  threshold_.assign(contexts_, 0);
  enable_.assign(size_t{contexts_} * words_, 0);
}

// The bits of a word that stand for sources which exist.
uint32_t Plic::implemented(unsigned word) const noexcept {
  uint32_t mask = ~uint32_t{0};
  if (word == 0) mask &= ~uint32_t{1};
  if (word == sources_ / 32) mask &= static_cast<uint32_t>((uint64_t{2} << sources_ % 32) - 1);
  return mask;
}

// --- Lines in, interrupts out -------------------------------------------------------------------

IrqLine Plic::line(unsigned source) {
  if (!is_source(source)) return IrqLine();
  return IrqLine([this, source](bool level) { set_level(source, level); });
}

void Plic::set_level(unsigned source, bool level) noexcept {
  if (!is_source(source)) return;
  const uint32_t bit = uint32_t{1} << source % 32;
  uint32_t& word = level_[source / 32];
  if (((word & bit) != 0) == level) return;
  word ^= bit;
  if ((claimed_[source / 32] & bit) == 0) update_contexts_of(source);
}

// The pending source enabled in `context` with the highest priority above `above_priority`, the
// lowest id among equals; 0 for none.
unsigned Plic::best(unsigned context, uint32_t above_priority) const noexcept {
  unsigned best_source = 0;
  uint32_t best_priority = above_priority;
  const uint32_t* enabled = &enable_[size_t{context} * words_];
  for (unsigned word = 0; word < words_; ++word) {
    for (uint32_t bits = pending(word) & enabled[word]; bits != 0; bits &= bits - 1) {
      const unsigned source = word * 32 + static_cast<unsigned>(std::countr_zero(bits));
      if (priority_[source] > best_priority) {
        best_priority = priority_[source];
        best_source = source;
      }
    }
  }
  return best_source;
}

void Plic::update(unsigned context) noexcept {
  const uint8_t level = best(context, threshold_[context]) != 0;
  if (level == output_level_[context]) return;
  output_level_[context] = level;
  if (output_) output_(context, level != 0);
}

void Plic::update_contexts_of(unsigned source) noexcept {
  for (unsigned context = 0; context < contexts_; ++context) {
    if (is_enabled(context, source)) update(context);
  }
}

// The threshold decides who is interrupted, not what can be claimed. Priority 0 is never delivered.
uint32_t Plic::claim(unsigned context) noexcept {
  const unsigned source = best(context, 0);
  if (source != 0) {
    claimed_[source / 32] |= uint32_t{1} << source % 32;
    update_contexts_of(source);
  }
  return source;
}

// A completion by a context for which the source is not enabled is ignored, as the specification
// says.
void Plic::complete(unsigned context, uint32_t source) noexcept {
  if (!is_source(source) || !is_enabled(context, source)) return;
  claimed_[source / 32] &= ~(uint32_t{1} << source % 32);
  update_contexts_of(source);
}

// --- Registers ----------------------------------------------------------------------------------

uint32_t Plic::read_register(uint64_t offset) noexcept {
  if (offset < kPendingBase) return is_source(offset / 4) ? priority_[offset / 4] : 0;
  if (offset < kEnableBase) {
    const uint64_t word = (offset - kPendingBase) / 4;
    return word < words_ ? pending(static_cast<unsigned>(word)) : 0;
  }
  if (offset < kContextBase) {
    const uint64_t context = (offset - kEnableBase) / kEnableStride;
    const uint64_t word = (offset - kEnableBase) % kEnableStride / 4;
    return context < contexts_ && word < words_ ? enable_[context * words_ + word] : 0;
  }
  const uint64_t context = (offset - kContextBase) / kContextStride;
  if (context >= contexts_) return 0;
  switch ((offset - kContextBase) % kContextStride) {
    case kThreshold: return threshold_[context];
    case kClaimComplete: return claim(static_cast<unsigned>(context));
    default: return 0;
  }
}

void Plic::write_register(uint64_t offset, uint32_t value) noexcept {
  if (offset < kPendingBase) {
    const uint64_t source = offset / 4;
    if (!is_source(source)) return;
    priority_[source] = value & max_priority_;
    update_contexts_of(static_cast<unsigned>(source));
  } else if (offset < kEnableBase) {
    return;  // pending bits are read-only
  } else if (offset < kContextBase) {
    const uint64_t context = (offset - kEnableBase) / kEnableStride;
    const uint64_t word = (offset - kEnableBase) % kEnableStride / 4;
    if (context >= contexts_ || word >= words_) return;
    enable_[context * words_ + word] = value & implemented(static_cast<unsigned>(word));
    update(static_cast<unsigned>(context));
  } else {
    const uint64_t index = (offset - kContextBase) / kContextStride;
    if (index >= contexts_) return;
    const unsigned context = static_cast<unsigned>(index);
    const uint64_t field = (offset - kContextBase) % kContextStride;
    if (field == kThreshold) {
      threshold_[context] = value & max_priority_;
      update(context);
    } else if (field == kClaimComplete) {
      complete(context, value);
    }
  }
}

bool Plic::read(uint64_t offset, unsigned size, uint64_t& value) noexcept {
  if (size != 4 || offset % 4 != 0) return false;
  value = read_register(offset);
  return true;
}

bool Plic::write(uint64_t offset, unsigned size, uint64_t value) noexcept {
  if (size != 4 || offset % 4 != 0) return false;
  write_register(offset, static_cast<uint32_t>(value));
  return true;
}

bool Plic::restored() noexcept {
  const bool fits = level_.size() == words_ && claimed_.size() == words_ &&
                    priority_.size() == sources_ + 1 && threshold_.size() == contexts_ &&
                    enable_.size() == size_t{contexts_} * words_;
  if (!fits) reset();
  for (unsigned word = 0; word < words_; ++word) {
    level_[word] &= implemented(word);
    claimed_[word] &= implemented(word);
    for (unsigned context = 0; context < contexts_; ++context) {
      enable_[size_t{context} * words_ + word] &= implemented(word);
    }
  }
  for (uint32_t& priority : priority_) priority &= max_priority_;
  for (uint32_t& threshold : threshold_) threshold &= max_priority_;
  for (unsigned context = 0; context < contexts_; ++context) update(context);
  return fits;
}

}  // namespace rvx
