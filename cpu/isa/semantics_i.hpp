// Semantic bodies of the base integer instructions: I with its loads, stores, branches and jumps.
#pragma once

#include <cstdint>

namespace rvx::isa::semantics {

template <class O, class I> void addi(O& o, const I& i) { o.set_x(i.rd, o.add(o.x(i.rs1), o.imm(i.imm))); }
template <class O, class I> void lui(O& o, const I& i) { o.set_x(i.rd, o.imm(i.imm)); }
template <class O, class I> void auipc(O& o, const I& i) { o.set_x(i.rd, o.add(o.pc(), o.imm(i.imm))); }

template <class O, class I> void jal(O& o, const I& i) { o.jump(i.rd, i.imm); }
template <class O, class I> void jalr(O& o, const I& i) {
  o.jump_to(i.rd, o.and_(o.add(o.x(i.rs1), o.imm(i.imm)), o.imm(-2)));
}
template <class O, class I> void beq(O& o, const I& i) { o.branch(o.eq(o.x(i.rs1), o.x(i.rs2)), i.imm); }

template <class O, class I> void lw(O& o, const I& i) {
  o.template load<int32_t>(o.add(o.x(i.rs1), o.imm(i.imm)), [&](auto v) { o.set_x(i.rd, v); });
}
template <class O, class I> void sb(O& o, const I& i) {
  o.template store<uint8_t>(o.add(o.x(i.rs1), o.imm(i.imm)), o.x(i.rs2));
}
template <class O, class I> void and_(O& o, const I& i) { o.set_x(i.rd, o.and_(o.x(i.rs1), o.x(i.rs2))); }

}  // namespace rvx::isa::semantics
