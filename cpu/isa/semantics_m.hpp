// Semantic bodies of integer multiplication and division: Zmmul and M.
#pragma once

namespace rvx::isa::semantics {

template <class O, class I> void mul(O& o, const I& i) { o.set_x(i.rd, o.mul(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void mulh(O& o, const I& i) { o.set_x(i.rd, o.mulh(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void mulhsu(O& o, const I& i) { o.set_x(i.rd, o.mulhsu(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void mulhu(O& o, const I& i) { o.set_x(i.rd, o.mulhu(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void div(O& o, const I& i) { o.set_x(i.rd, o.div(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void divu(O& o, const I& i) { o.set_x(i.rd, o.divu(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void rem(O& o, const I& i) { o.set_x(i.rd, o.rem(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void remu(O& o, const I& i) { o.set_x(i.rd, o.remu(o.x(i.rs1), o.x(i.rs2))); }

template <class O, class I> void mulw(O& o, const I& i) { o.set_x(i.rd, o.sext32(o.mul(o.x(i.rs1), o.x(i.rs2)))); }
template <class O, class I> void divw(O& o, const I& i) { o.set_x(i.rd, o.divw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void divuw(O& o, const I& i) { o.set_x(i.rd, o.divuw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void remw(O& o, const I& i) { o.set_x(i.rd, o.remw(o.x(i.rs1), o.x(i.rs2))); }
template <class O, class I> void remuw(O& o, const I& i) { o.set_x(i.rd, o.remuw(o.x(i.rs1), o.x(i.rs2))); }

}  // namespace rvx::isa::semantics
