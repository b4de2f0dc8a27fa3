// Semantic bodies of the base integer instructions: I with its loads, stores, branches, jumps and hints.
#pragma once

#include <cstdint>

namespace rvx::isa::semantics {

// rs1 + imm: the address of loads and stores.
template <class O, class I> auto address(O& o, const I& i) { return o.add(o.x(i.rs1), o.imm(i.imm)); }

template <class T, class O, class I> void load_to_rd(O& o, const I& i) {
  o.template load<T>(address(o, i), [&](auto v) { o.set_x(i.rd, v); });
}
template <class T, class O, class I> void store_rs2(O& o, const I& i) {
  o.template store<T>(address(o, i), o.x(i.rs2));
}

template <class O, class I> void lui(O& o, const I& i) { o.set_x(i.rd, o.imm(i.imm)); }
template <class O, class I> void auipc(O& o, const I& i) { o.set_x(i.rd, o.add(o.pc(), o.imm(i.imm))); }

template <class O, class I> void jal(O& o, const I& i) { o.jump(i.rd, i.imm); }
template <class O, class I> void jalr(O& o, const I& i) { o.jump_to(i.rd, o.and_(address(o, i), o.imm(-2))); }

template <class O, class I> void beq(O& o, const I& i) { o.branch(o.eq(o.x(i.rs1), o.x(i.rs2)), i.imm); }
template <class O, class I> void bne(O& o, const I& i) { o.branch(o.ne(o.x(i.rs1), o.x(i.rs2)), i.imm); }
template <class O, class I> void blt(O& o, const I& i) { o.branch(o.lt(o.x(i.rs1), o.x(i.rs2)), i.imm); }
template <class O, class I> void bge(O& o, const I& i) { o.branch(o.ge(o.x(i.rs1), o.x(i.rs2)), i.imm); }
template <class O, class I> void bltu(O& o, const I& i) { o.branch(o.ltu(o.x(i.rs1), o.x(i.rs2)), i.imm); }
template <class O, class I> void bgeu(O& o, const I& i) { o.branch(o.geu(o.x(i.rs1), o.x(i.rs2)), i.imm); }

template <class O, class I> void lb(O& o, const I& i) { load_to_rd<int8_t>(o, i); }
template <class O, class I> void lh(O& o, const I& i) { load_to_rd<int16_t>(o, i); }
template <class O, class I> void lw(O& o, const I& i) { load_to_rd<int32_t>(o, i); }
template <class O, class I> void ld(O& o, const I& i) { load_to_rd<int64_t>(o, i); }
template <class O, class I> void lbu(O& o, const I& i) { load_to_rd<uint8_t>(o, i); }
template <class O, class I> void lhu(O& o, const I& i) { load_to_rd<uint16_t>(o, i); }
template <class O, class I> void lwu(O& o, const I& i) { load_to_rd<uint32_t>(o, i); }

template <class O, class I> void sb(O& o, const I& i) { store_rs2<uint8_t>(o, i); }
template <class O, class I> void sh(O& o, const I& i) { store_rs2<uint16_t>(o, i); }
template <class O, class I> void sw(O& o, const I& i) { store_rs2<uint32_t>(o, i); }
template <class O, class I> void sd(O& o, const I& i) { store_rs2<uint64_t>(o, i); }

template <class O, class I> void addi(O& o, const I& i) { o.set_x(i.rd, o.add(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void slti(O& o, const I& i) { o.set_x(i.rd, o.lt(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void sltiu(O& o, const I& i) { o.set_x(i.rd, o.ltu(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void xori(O& o, const I& i) { o.set_x(i.rd, o.xor_(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void ori(O& o, const I& i) { o.set_x(i.rd, o.or_(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void andi(O& o, const I& i) { o.set_x(i.rd, o.and_(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void slli(O& o, const I& i) { o.set_x(i.rd, o.shl(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void srli(O& o, const I& i) { o.set_x(i.rd, o.shr(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void srai(O& o, const I& i) { o.set_x(i.rd, o.sar(o.x(i.rs1), o.imm(i.imm))); }

template <class O, class I> void add(O& o, const I& i) { o.set_x(i.rd, o.add(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void sub(O& o, const I& i) { o.set_x(i.rd, o.sub(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void sll(O& o, const I& i) { o.set_x(i.rd, o.shl(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void slt(O& o, const I& i) { o.set_x(i.rd, o.lt(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void sltu(O& o, const I& i) { o.set_x(i.rd, o.ltu(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void xor_(O& o, const I& i) { o.set_x(i.rd, o.xor_(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void srl(O& o, const I& i) { o.set_x(i.rd, o.shr(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void sra(O& o, const I& i) { o.set_x(i.rd, o.sar(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void or_(O& o, const I& i) { o.set_x(i.rd, o.or_(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void and_(O& o, const I& i) { o.set_x(i.rd, o.and_(o.x(i.rs1), o.x(i.rs2))); }

template <class O, class I> void addiw(O& o, const I& i) { o.set_x(i.rd, o.sext32(o.add(o.x(i.rs1), o.imm(i.imm)))); }
template <class O, class I> void slliw(O& o, const I& i) { o.set_x(i.rd, o.shlw(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void srliw(O& o, const I& i) { o.set_x(i.rd, o.shrw(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void sraiw(O& o, const I& i) { o.set_x(i.rd, o.sarw(o.x(i.rs1), o.imm(i.imm))); }

template <class O, class I> void addw(O& o, const I& i) { o.set_x(i.rd, o.sext32(o.add(o.x(i.rs1), o.x(i.rs2)))); }
template <class O, class I> void subw(O& o, const I& i) { o.set_x(i.rd, o.sext32(o.sub(o.x(i.rs1), o.x(i.rs2)))); }
template <class O, class I> void sllw(O& o, const I& i) { o.set_x(i.rd, o.shlw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void srlw(O& o, const I& i) { o.set_x(i.rd, o.shrw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void sraw(O& o, const I& i) { o.set_x(i.rd, o.sarw(o.x(i.rs1), o.x(i.rs2))); }

template <class O, class I> void fence(O& o, const I& i) { o.fence(i.imm); }

// "Zihintpause Extension for Pause Hint": a FENCE with these fields, and with a row of its own.
template <class O, class I> void pause(O& o, const I&) { o.fence(0x010); }
// "HINT Instructions": no effect on architectural state, and rvx has nothing they could speed up.
template <class O, class I> void ntl_p1(O&, const I&) {}
template <class O, class I> void ntl_pall(O&, const I&) {}
template <class O, class I> void ntl_s1(O&, const I&) {}
template <class O, class I> void ntl_all(O&, const I&) {}
template <class O, class I> void prefetch_i(O&, const I&) {}
template <class O, class I> void prefetch_r(O&, const I&) {}
template <class O, class I> void prefetch_w(O&, const I&) {}

}  // namespace rvx::isa::semantics
