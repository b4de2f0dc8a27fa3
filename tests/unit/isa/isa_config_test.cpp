// ISA strings: both spellings, what they imply, what is printed, and each error.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cpu/isa/isa_config.hpp"
#include "cpu/isa/isa_names.hpp"

namespace rvx::isa {
namespace {

IsaConfig parsed(std::string_view text) {
  IsaConfig config;
  std::string error;
  EXPECT_TRUE(IsaConfig::parse(text, config, error)) << error;
  return config;
}

std::string printed(std::string_view text) { return parsed(text).to_string(); }

std::string error_of(std::string_view text) {
  IsaConfig config;
  config.set(Ext::kZfa);
  const IsaConfig before = config;
  std::string error;
  EXPECT_FALSE(IsaConfig::parse(text, config, error)) << text << " gave " << config.to_string();
  EXPECT_EQ(config.ext, before.ext) << "a failure changes nothing";
  EXPECT_EQ(error.find('\n'), std::string::npos);
  return error;
}

TEST(IsaConfig, LettersAndWhatTheyImply) {
  EXPECT_EQ(printed("rv64i"), "rv64i_zicsr_zifencei");
  EXPECT_EQ(printed("rv64im"), "rv64im_zicsr_zifencei_zmmul");
  EXPECT_EQ(printed("rv64ia"), "rv64ia_zicsr_zifencei_zaamo_zalrsc");
  EXPECT_EQ(printed("rv64id"), "rv64ifd_zicsr_zifencei");
  EXPECT_EQ(printed("rv64ic"), "rv64ic_zicsr_zifencei_zca");
  EXPECT_EQ(printed("rv64idc"), "rv64ifdc_zicsr_zifencei_zca_zcd");
  EXPECT_EQ(printed("rv64gc"), "rv64imafdc_zicsr_zifencei_zmmul_zaamo_zalrsc_zca_zcd");
  EXPECT_EQ(printed("rv64ib"), "rv64i_zicsr_zifencei_zba_zbb_zbs");
  EXPECT_EQ(printed("rv64g_zca_zcd"), printed("rv64gc"));
  EXPECT_EQ(printed("rv64i_zaamo_zalrsc"), printed("rv64ia"));
  EXPECT_EQ(printed("rv64i_zfh"), "rv64if_zicsr_zifencei_zfh_zfhmin");
  EXPECT_FALSE(parsed("rv64g_zca").has(Ext::kC)) << "C with D is Zca and Zcd";
}

TEST(IsaConfig, SpikeSpelling) {
  EXPECT_EQ(printed("RV64IMAFDC_Zicntr"),
            "rv64imafdc_zicntr_zicsr_zifencei_zmmul_zaamo_zalrsc_zca_zcd");
  EXPECT_EQ(printed("rv64imafdczicntr_zba"), printed("rv64imafdc_zicntr_zba"));
  EXPECT_EQ(printed("rv64i2p1_m2p0_a2_zicsr2p0_zba1p0"), printed("rv64ima_zba"));
  EXPECT_EQ(printed("rv64i2p1m2p0"), printed("rv64im"));
  EXPECT_EQ(printed("rv64imafdcsu"), printed("rv64gc"));
  EXPECT_EQ(printed("rv64i_m__a"), printed("rv64ima"));
  EXPECT_EQ(printed("rv64gc_ziccid_zicclsm_svade_ss1p12"), printed("rv64gc"));
}

TEST(IsaConfig, PrivilegeModesAreOnUnlessTurnedOff) {
  EXPECT_TRUE(parsed("rv64i").has(Ext::kS));
  EXPECT_TRUE(parsed("rv64i").has(Ext::kU));
  EXPECT_FALSE(parsed("rv64i,s=off").has(Ext::kS));
  EXPECT_TRUE(parsed("rv64i,s=off").has(Ext::kU));
  EXPECT_FALSE(parsed("rv64i_svinval,u=off").has(Ext::kSvinval));
}

TEST(IsaConfig, QemuSpelling) {
  EXPECT_EQ(parsed("max").ext, IsaConfig::all().ext);
  EXPECT_TRUE(parsed("rv64").has(Ext::kZba));
  EXPECT_TRUE(parsed("rv64,zicond=on,v=false").has(Ext::kZicond));
  EXPECT_FALSE(parsed("rv64,zba=off").has(Ext::kZba));
  EXPECT_EQ(printed("rv64gc,zba=true,zba=no"), printed("rv64gc"));
  EXPECT_EQ(printed("rv64gc,mmu=true"), printed("rv64gc"));
}

TEST(IsaConfig, TurningOffTakesDependentsAlong) {
  EXPECT_EQ(printed("rv64gc_zfa_zfh,f=off"), printed("rv64imac"));
  EXPECT_EQ(printed("rv64gc_zcb,c=off"), printed("rv64g"));
  EXPECT_EQ(printed("rv64gc_zacas_zawrs,a=off"), "rv64imfdc_zicsr_zifencei_zmmul_zca_zcd");
  EXPECT_EQ(printed("rv64gcb,b=off"), printed("rv64gc"));
  EXPECT_EQ(printed("rv64gc,zcd=off"), "rv64imafd_zicsr_zifencei_zmmul_zaamo_zalrsc_zca");
  EXPECT_EQ(printed("rv64gc,d=off"), printed("rv64imafc"));
}

TEST(IsaConfig, Profiles) {
  EXPECT_EQ(printed("rva20u64"), printed("rv64gc_zicntr"));
  EXPECT_EQ(printed("rva22u64"),
            printed("rv64gc_zicntr_zihpm_zihintpause_zba_zbb_zbs_zicbom_zicbop_zicboz_zfhmin"));
  EXPECT_TRUE(parsed("rva22s64").has(Ext::kSvinval));
  EXPECT_TRUE(parsed("rva22s64_zfa,sstc=on").has(Ext::kZfa));
  EXPECT_TRUE(parsed("rva22s64_zfa,sstc=on").has(Ext::kSstc));
}

TEST(IsaConfig, AllModelsAndGroupsNameKnownParts) {
  for (const Group& model : kModels) parsed(model.name);
  for (const std::string_view name : kAlwaysTrue) parsed("rv64i_" + std::string(name));
  for (const std::string_view name : kSpelling) parsed("rv64i_" + std::string(name));
}

TEST(IsaConfig, PrintedStringsParseToTheSame) {
  for (const char* text : {"rv64i", "rv64gc", "max", "rv64", "rva22s64", "rv64gc,zcd=off"}) {
    EXPECT_EQ(parsed(printed(text)).ext, parsed(text).ext) << text;
  }
  EXPECT_EQ(IsaConfig::all().to_string().substr(0, 17), "rv64imafdc_zicbom");
}

// A rule that comes too early would need a second pass.
TEST(IsaConfig, ImplicationsCloseInOnePass) {
  for (const std::string_view name : kSpelling) {
    const IsaConfig once = parsed("rv64i_" + std::string(name));
    for (const Implication& rule : kImplications) {
      EXPECT_TRUE(!once.has(rule.a) || !once.has(rule.b) || once.has(rule.result)) << name;
    }
  }
}

TEST(IsaConfig, ErrorsNameThePartAndTheNearestName) {
  EXPECT_EQ(error_of("rv64gc_zbba"),
            "\"zbba\" in \"rv64gc_zbba\" is no extension that rvx knows; did you mean zba?");
  EXPECT_EQ(error_of("rv64gc_sstcc"),
            "\"sstcc\" in \"rv64gc_sstcc\" is no extension that rvx knows; did you mean sstc?");
  EXPECT_EQ(error_of("rv64gc_xyzzy"),
            "\"xyzzy\" in \"rv64gc_xyzzy\" is no extension that rvx knows");
  EXPECT_EQ(error_of("rv64gk"), "\"k\" in \"rv64gk\" is no extension that rvx knows");
  EXPECT_EQ(error_of("rv64,zbaa=off"),
            "\"zbaa\" in \"rv64,zbaa=off\" is no extension that rvx knows; did you mean zba?");
}

TEST(IsaConfig, ErrorsOfWhatIsNotImplemented) {
  EXPECT_EQ(error_of("rv64gcv"), "rvx does not implement v, which \"rv64gcv\" asks for");
  EXPECT_EQ(error_of("rv64gc_zvbb1p0"),
            "rvx does not implement zvbb, which \"rv64gc_zvbb1p0\" asks for");
  EXPECT_EQ(error_of("rv64,v=on"), "rvx does not implement v, which \"rv64,v=on\" asks for");
  EXPECT_EQ(error_of("rva23u64"), "rvx does not implement rva23u64, which \"rva23u64\" asks for");
  EXPECT_EQ(error_of("rv64gc_zkn"),
            "rvx does not implement all of zkn in \"rv64gc_zkn\": it has zbkb, zbkc, zbkx, not "
            "zkne, zknd, zknh");
}

TEST(IsaConfig, ErrorsOfForm) {
  EXPECT_EQ(error_of(""), "the ISA string is empty; write one like rv64gc");
  EXPECT_EQ(error_of("rv32gc"), "\"rv32gc\" is a 32-bit ISA; rvx has RV64 only");
  EXPECT_EQ(error_of("x86"), "an ISA string begins with rv64, as rv64gc does; \"x86\" does not");
  EXPECT_EQ(error_of("rv64mac"),
            "after rv64 comes i or g, as in rv64gc; in \"rv64mac\" it does not");
  EXPECT_EQ(error_of("rv64e"), "after rv64 comes i or g, as in rv64gc; in \"rv64e\" it does not");
  EXPECT_EQ(error_of("rv64gc,zba"),
            "after a comma comes name=on or name=off, not \"zba\" as in \"rv64gc,zba\"");
  EXPECT_EQ(error_of("rv64gc,"),
            "after a comma comes name=on or name=off, not \"\" as in \"rv64gc,\"");
  EXPECT_EQ(error_of("rv64gc,zba=1"), "the value of zba is on or off, not \"1\"");
  EXPECT_EQ(error_of("rv64gc,zicsr=off"), "zicsr cannot be off: every hart of rvx has it");
  EXPECT_EQ(error_of("rv64gc,svade=off"), "svade cannot be off: every hart of rvx has it");
}

}  // namespace
}  // namespace rvx::isa
