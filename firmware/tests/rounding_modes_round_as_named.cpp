// RNE, RTZ, RDN, RUP and RMM, static and by frm: on conversions of halves and on sums that fall between two numbers.
#include "lib/test.h"

constexpr uint64_t kHalf = 0x3fe0000000000000, kOneAndHalf = 0x3ff8000000000000, kTwoAndHalf = 0x4004000000000000;
constexpr uint64_t kMinus = 1ull << 63;

#define CONVERT(rm) \
  [](uint64_t x) { int64_t v; asm volatile(WITH("d", "fmv.d.x f1, %1\nfcvt.l.d %0, f1, " rm) : "=r"(v) : "r"(x)); return v; }
#define ADD(rm)                                                                                          \
  [](uint64_t x, uint64_t y) {                                                                           \
    uint64_t v;                                                                                          \
    asm volatile(WITH("d", "fmv.d.x f1, %1\nfmv.d.x f2, %2\nfadd.d f3, f1, f2, " rm "\nfmv.x.d %0, f3") \
                 : "=r"(v) : "r"(x), "r"(y));                                                            \
    return v;                                                                                            \
  }

int main() {
  CSR_SET(mstatus, kFS);
  int64_t (*const convert[])(uint64_t) = {CONVERT("rne"), CONVERT("rtz"), CONVERT("rdn"), CONVERT("rup"), CONVERT("rmm"), CONVERT("dyn")};
  uint64_t (*const add[])(uint64_t, uint64_t) = {ADD("rne"), ADD("rtz"), ADD("rdn"), ADD("rup"), ADD("rmm"), ADD("dyn")};
  struct { uint64_t x; int64_t by_mode[5]; } const conversions[] = {
      {kHalf, {0, 0, 0, 1, 1}}, {kOneAndHalf, {2, 1, 1, 2, 2}}, {kTwoAndHalf, {2, 2, 2, 3, 3}},
      {kHalf | kMinus, {0, 0, -1, 0, -1}}, {kOneAndHalf | kMinus, {-2, -1, -2, -1, -2}}, {kTwoAndHalf | kMinus, {-2, -2, -3, -2, -3}}};
  // 1 + 2^-53 lies half way between 1 and its successor; 1 + 2^-52 + 2^-53 half way behind an odd one.
  constexpr uint64_t kOne = 0x3ff0000000000000, kTie = 0x3ca0000000000000;
  struct { uint64_t x, y; uint64_t by_mode[5]; } const sums[] = {
      {kOne, kTie, {kOne, kOne, kOne, kOne + 1, kOne + 1}},
      {kOne + 1, kTie, {kOne + 2, kOne + 1, kOne + 1, kOne + 2, kOne + 2}},
      {kOne | kMinus, kTie | kMinus, {kOne | kMinus, kOne | kMinus, (kOne + 1) | kMinus, kOne | kMinus, (kOne + 1) | kMinus}},
      {kOne, 0x0000000000000001, {kOne, kOne, kOne, kOne + 1, kOne}},
      {kOne, kOne | kMinus, {0, 0, kMinus, 0, 0}}};
  for (unsigned frm = 0; frm < 5; ++frm) {
    CSR_WRITE(frm, frm);
    for (unsigned mode = 0; mode < 6; ++mode) {
      const unsigned effective = mode == 5 ? frm : mode;
      checking("frm, rm", frm << 4 | mode);
      for (const auto& c : conversions) {
        CSR_WRITE(fflags, 0);
        CHECK_EQ(convert[mode](c.x), c.by_mode[effective]);
        CHECK_EQ(CSR_READ(fflags), 1);  // inexact
      }
      for (const auto& s : sums) {
        CSR_WRITE(fflags, 0);
        CHECK_EQ(add[mode](s.x, s.y), s.by_mode[effective]);
        CHECK_EQ(CSR_READ(fflags), s.y == (kOne | kMinus) ? 0 : 1);
      }
    }
  }
  return 0;
}
