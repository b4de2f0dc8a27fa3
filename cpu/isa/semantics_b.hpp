// Semantic bodies of bit manipulation and conditional zero: Zba, Zbb, Zbc, Zbs, Zbkb, Zbkx, Zicond.
#pragma once

#include <cstdint>

namespace rvx::isa::semantics {

// --- Zba ------------------------------------------------------------------------------------------

template <class O, class I> void shift_add(O& o, const I& i, unsigned amount) {
  o.set_x(i.rd, o.add(o.shl(o.x(i.rs1), o.imm(amount)), o.x(i.rs2)));
}
template <class O, class I> void shift_add_uw(O& o, const I& i, unsigned amount) {
  o.set_x(i.rd, o.add(o.shl(o.zext32(o.x(i.rs1)), o.imm(amount)), o.x(i.rs2)));
}

template <class O, class I> void add_uw(O& o, const I& i) { o.set_x(i.rd, o.add(o.zext32(o.x(i.rs1)), o.x(i.rs2))); }
template <class O, class I> void sh1add(O& o, const I& i) { shift_add(o, i, 1); }
template <class O, class I> void sh2add(O& o, const I& i) { shift_add(o, i, 2); }
template <class O, class I> void sh3add(O& o, const I& i) { shift_add(o, i, 3); }
template <class O, class I> void sh1add_uw(O& o, const I& i) { shift_add_uw(o, i, 1); }
template <class O, class I> void sh2add_uw(O& o, const I& i) { shift_add_uw(o, i, 2); }
template <class O, class I> void sh3add_uw(O& o, const I& i) { shift_add_uw(o, i, 3); }
template <class O, class I> void slli_uw(O& o, const I& i) {
  o.set_x(i.rd, o.shl(o.zext32(o.x(i.rs1)), o.imm(i.imm)));
}

// --- Zbb, most of it in Zbkb as well --------------------------------------------------------------

template <class O, class I> void andn(O& o, const I& i) { o.set_x(i.rd, o.and_(o.x(i.rs1), o.not_(o.x(i.rs2)))); }
template <class O, class I> void orn(O& o, const I& i) { o.set_x(i.rd, o.or_(o.x(i.rs1), o.not_(o.x(i.rs2)))); }
template <class O, class I> void xnor(O& o, const I& i) { o.set_x(i.rd, o.not_(o.xor_(o.x(i.rs1), o.x(i.rs2)))); }

template <class O, class I> void clz(O& o, const I& i) { o.set_x(i.rd, o.clz(o.x(i.rs1))); }
template <class O, class I> void ctz(O& o, const I& i) { o.set_x(i.rd, o.ctz(o.x(i.rs1))); }
template <class O, class I> void clzw(O& o, const I& i) { o.set_x(i.rd, o.clzw(o.x(i.rs1))); }
template <class O, class I> void ctzw(O& o, const I& i) { o.set_x(i.rd, o.ctzw(o.x(i.rs1))); }
template <class O, class I> void cpop(O& o, const I& i) { o.set_x(i.rd, o.cpop(o.x(i.rs1))); }
template <class O, class I> void cpopw(O& o, const I& i) { o.set_x(i.rd, o.cpopw(o.x(i.rs1))); }

template <class O, class I> void min(O& o, const I& i) {
  const auto a = o.x(i.rs1), b = o.x(i.rs2);
  o.set_x(i.rd, o.select(o.lt(a, b), a, b));
}
template <class O, class I> void minu(O& o, const I& i) {
  const auto a = o.x(i.rs1), b = o.x(i.rs2);
  o.set_x(i.rd, o.select(o.ltu(a, b), a, b));
}
template <class O, class I> void max(O& o, const I& i) {
  const auto a = o.x(i.rs1), b = o.x(i.rs2);
  o.set_x(i.rd, o.select(o.lt(a, b), b, a));
}
template <class O, class I> void maxu(O& o, const I& i) {
  const auto a = o.x(i.rs1), b = o.x(i.rs2);
  o.set_x(i.rd, o.select(o.ltu(a, b), b, a));
}

template <class O, class I> void sext_b(O& o, const I& i) { o.set_x(i.rd, o.sext8(o.x(i.rs1))); }
template <class O, class I> void sext_h(O& o, const I& i) { o.set_x(i.rd, o.sext16(o.x(i.rs1))); }
template <class O, class I> void zext_h(O& o, const I& i) { o.set_x(i.rd, o.zext16(o.x(i.rs1))); }

template <class O, class I> void rol(O& o, const I& i) { o.set_x(i.rd, o.rotl(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void ror(O& o, const I& i) { o.set_x(i.rd, o.rotr(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void rori(O& o, const I& i) { o.set_x(i.rd, o.rotr(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void rolw(O& o, const I& i) { o.set_x(i.rd, o.rolw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void rorw(O& o, const I& i) { o.set_x(i.rd, o.rorw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void roriw(O& o, const I& i) { o.set_x(i.rd, o.rorw(o.x(i.rs1), o.imm(i.imm))); }

template <class O, class I> void orc_b(O& o, const I& i) { o.set_x(i.rd, o.orc_b(o.x(i.rs1))); }
template <class O, class I> void rev8(O& o, const I& i) { o.set_x(i.rd, o.bswap(o.x(i.rs1))); }

// --- Zbkb -----------------------------------------------------------------------------------------

template <class O, class I> void brev8(O& o, const I& i) { o.set_x(i.rd, o.brev8(o.x(i.rs1))); }
template <class O, class I> void pack(O& o, const I& i) {
  o.set_x(i.rd, o.or_(o.zext32(o.x(i.rs1)), o.shl(o.x(i.rs2), o.imm(32))));
}
template <class O, class I> void packh(O& o, const I& i) {
  o.set_x(i.rd, o.or_(o.zext8(o.x(i.rs1)), o.shl(o.zext8(o.x(i.rs2)), o.imm(8))));
}
template <class O, class I> void packw(O& o, const I& i) {
  o.set_x(i.rd, o.or_(o.zext16(o.x(i.rs1)), o.sext32(o.shl(o.x(i.rs2), o.imm(16)))));
}

// --- Zbc, Zbkc ------------------------------------------------------------------------------------

template <class O, class I> void clmul(O& o, const I& i) { o.set_x(i.rd, o.clmul(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void clmulr(O& o, const I& i) { o.set_x(i.rd, o.clmulr(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void clmulh(O& o, const I& i) { o.set_x(i.rd, o.clmulh(o.x(i.rs1), o.x(i.rs2))); }

// --- Zbkx -----------------------------------------------------------------------------------------

// Each `width`-bit element of rs2 selects one of rs1; zero where it selects none.
template <class O, class I> void crossbar(O& o, const I& i, unsigned width) {
  const auto source = o.x(i.rs1), selectors = o.x(i.rs2);
  const auto element = o.imm((int64_t{1} << width) - 1);
  auto result = o.imm(0);
  for (unsigned at = 0; at < 64; at += width) {
    const auto selector = o.and_(o.shr(selectors, o.imm(at)), element);
    const auto selected = o.and_(o.shr(source, o.mul(selector, o.imm(width))), element);
    const auto exists = o.ltu(selector, o.imm(64 / width));
    result = o.or_(result, o.shl(o.select(exists, selected, o.imm(0)), o.imm(at)));
  }
  o.set_x(i.rd, result);
}
template <class O, class I> void xperm4(O& o, const I& i) { crossbar(o, i, 4); }
template <class O, class I> void xperm8(O& o, const I& i) { crossbar(o, i, 8); }

// --- Zbs ------------------------------------------------------------------------------------------

template <class O, class I> void bclr(O& o, const I& i) {
  o.set_x(i.rd, o.and_(o.x(i.rs1), o.not_(o.shl(o.imm(1), o.x(i.rs2)))));
}
template <class O, class I> void bext(O& o, const I& i) {
  o.set_x(i.rd, o.and_(o.shr(o.x(i.rs1), o.x(i.rs2)), o.imm(1)));
}
template <class O, class I> void binv(O& o, const I& i) {
  o.set_x(i.rd, o.xor_(o.x(i.rs1), o.shl(o.imm(1), o.x(i.rs2))));
}
template <class O, class I> void bset(O& o, const I& i) {
  o.set_x(i.rd, o.or_(o.x(i.rs1), o.shl(o.imm(1), o.x(i.rs2))));
}

// 1 << imm
template <class I> int64_t bit(const I& i) { return static_cast<int64_t>(uint64_t{1} << i.imm); }

template <class O, class I> void bclri(O& o, const I& i) { o.set_x(i.rd, o.and_(o.x(i.rs1), o.imm(~bit(i)))); }
template <class O, class I> void bexti(O& o, const I& i) {
  o.set_x(i.rd, o.and_(o.shr(o.x(i.rs1), o.imm(i.imm)), o.imm(1)));
}
template <class O, class I> void binvi(O& o, const I& i) { o.set_x(i.rd, o.xor_(o.x(i.rs1), o.imm(bit(i)))); }
template <class O, class I> void bseti(O& o, const I& i) { o.set_x(i.rd, o.or_(o.x(i.rs1), o.imm(bit(i)))); }

// --- Zicond ---------------------------------------------------------------------------------------

template <class O, class I> void czero_eqz(O& o, const I& i) {
  o.set_x(i.rd, o.select(o.x(i.rs2), o.x(i.rs1), o.imm(0)));
}
template <class O, class I> void czero_nez(O& o, const I& i) {
  o.set_x(i.rd, o.select(o.x(i.rs2), o.imm(0), o.x(i.rs1)));
}

}  // namespace rvx::isa::semantics
