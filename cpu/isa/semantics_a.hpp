// Semantic bodies of the atomic memory operations: Zalrsc, Zaamo and Zacas.
#pragma once

#include <cstdint>

#include "cpu/isa/ops.hpp"

namespace rvx::isa::semantics {

// A load of the host can pass an earlier store, so an LR with rl needs a fence; all else that aq and
// rl ask for holds for sequentially consistent atomics anyway.
template <class T, class O, class I> void load_reserved(O& o, const I& i) {
  constexpr int32_t kRl = 1;
  constexpr int64_t kFenceRwRw = 0x33;
  if ((i.imm & kRl) != 0) o.fence(kFenceRwRw);
  o.template load_reserved<T>(o.x(i.rs1), [&](auto v) { o.set_x(i.rd, v); });
}
template <class T, class O, class I> void store_conditional(O& o, const I& i) {
  o.template store_conditional<T>(o.x(i.rs1), o.x(i.rs2), [&](auto failed) { o.set_x(i.rd, failed); });
}
template <class T, class O, class I> void amo(O& o, const I& i, AmoOp op) {
  o.template amo<T>(op, o.x(i.rs1), o.x(i.rs2), [&](auto old) { o.set_x(i.rd, old); });
}
template <class T, class O, class I> void amo_cas(O& o, const I& i) {
  o.template amo_cas<T>(o.x(i.rs1), o.x(i.rd), o.x(i.rs2), [&](auto old) { o.set_x(i.rd, old); });
}

template <class O, class I> void lr_w(O& o, const I& i) { load_reserved<int32_t>(o, i); }
template <class O, class I> void sc_w(O& o, const I& i) { store_conditional<int32_t>(o, i); }
template <class O, class I> void lr_d(O& o, const I& i) { load_reserved<int64_t>(o, i); }
template <class O, class I> void sc_d(O& o, const I& i) { store_conditional<int64_t>(o, i); }

template <class O, class I> void amoswap_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kSwap); }
template <class O, class I> void amoadd_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kAdd); }
template <class O, class I> void amoxor_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kXor); }
template <class O, class I> void amoand_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kAnd); }
template <class O, class I> void amoor_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kOr); }
template <class O, class I> void amomin_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kMin); }
template <class O, class I> void amomax_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kMax); }
template <class O, class I> void amominu_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kMinu); }
template <class O, class I> void amomaxu_w(O& o, const I& i) { amo<int32_t>(o, i, AmoOp::kMaxu); }

template <class O, class I> void amoswap_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kSwap); }
template <class O, class I> void amoadd_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kAdd); }
template <class O, class I> void amoxor_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kXor); }
template <class O, class I> void amoand_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kAnd); }
template <class O, class I> void amoor_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kOr); }
template <class O, class I> void amomin_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kMin); }
template <class O, class I> void amomax_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kMax); }
template <class O, class I> void amominu_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kMinu); }
template <class O, class I> void amomaxu_d(O& o, const I& i) { amo<int64_t>(o, i, AmoOp::kMaxu); }

template <class O, class I> void amocas_w(O& o, const I& i) { amo_cas<int32_t>(o, i); }
template <class O, class I> void amocas_d(O& o, const I& i) { amo_cas<int64_t>(o, i); }

// Registers n and n + 1 hold a quadword; as a pair x0 reads as zero and takes no result, x1 with it.
template <class O, class I> void amocas_q(O& o, const I& i) {
  const auto high = [&](unsigned n) { return n == 0 ? o.imm(0) : o.x(n + 1); };
  o.amo_cas_pair(o.x(i.rs1), o.x(i.rd), high(i.rd), o.x(i.rs2), high(i.rs2),
                 [&](auto old, auto old_high) {
                   if (i.rd == 0) return;
                   o.set_x(i.rd, old);
                   o.set_x(i.rd + 1u, old_high);
                 });
}

}  // namespace rvx::isa::semantics
