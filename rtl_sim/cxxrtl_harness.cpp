// Drives a transform that Yosys' CXXRTL made C++ of as transform_harness.sv drives it, with the same stalls and files.
//
// What is to be done is read from script.txt: "stalls IN OUT SEED", "beats COUNT PATIENCE", then accesses to registers in
// their order, "write OFFSET VALUE", "until OFFSET MASK" and, once all beats have left, "read OFFSET NAME". What was seen is
// written to result.json.

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include SAPM_DESIGN

namespace {

using Top = cxxrtl_design::SAPM_TOP;
using Beat = decltype(Top::p_s__axis__tdata);
using Result = decltype(Top::p_m__axis__tdata);

[[noreturn]] void fail(const std::string &message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

/// The digits of a value, as SystemVerilog's %h writes them.
template <size_t Bits> std::string hexadecimal(const cxxrtl::value<Bits> &value) {
  std::string text;
  for (size_t digit = (Bits + 3) / 4; digit-- > 0;) {
    text += "0123456789abcdef"[value.data[digit / 8] >> (digit % 8 * 4) & 15];
  }
  return text;
}

template <size_t Bits> std::string hexadecimal(const cxxrtl::wire<Bits> &wire) { return hexadecimal(wire.curr); }

template <size_t Bits> void set_digits(cxxrtl::value<Bits> &value, const std::string &digits) {
  value = cxxrtl::value<Bits>{};
  for (size_t place = 0; place < digits.size(); place++) {
    const auto digit = static_cast<uint32_t>(std::stoul(digits.substr(digits.size() - 1 - place, 1), nullptr, 16));
    if (place / 8 < value.chunks) value.data[place / 8] |= digit << (place % 8 * 4);
  }
  value.data[value.chunks - 1] &= value.msb_mask;
}

template <class Port> uint32_t number(const Port &port) { return port.template get<uint32_t>(); }

uint32_t next_random(uint32_t state) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

struct Access {
  std::string kind;
  uint32_t offset, value;
  std::string name;
};

struct Job {
  uint32_t stall_in = 0, stall_out = 0, seed = 1, patience = 0;
  uint64_t beats = 0;
  std::vector<Access> before, after;  // The last beat.

  explicit Job(const char *path) {
    std::ifstream file(path);
    for (std::string kind; file >> kind;) {
      Access access{kind, 0, 0, ""};
      if (kind == "stalls") {
        file >> stall_in >> stall_out >> seed;
      } else if (kind == "beats") {
        file >> beats >> patience;
      } else if (kind == "read") {
        file >> access.offset >> access.name;
        after.push_back(access);
      } else {
        file >> access.offset >> access.value;
        before.push_back(access);
      }
    }
  }
};

/// AXI4-Lite: one access after the other.
struct Bus {
  Top &top;
  const Access *access = nullptr;
  bool address = false, data = false;
  uint32_t answer = 0;

  void begin(const Access &next) {
    access = &next;
    address = true;
    data = next.kind == "write";
  }

  void drive() {
    const bool writes = access && access->kind == "write", reads = access && !writes;
    top.p_s__axil__awvalid.set<bool>(writes && address);
    top.p_s__axil__wvalid.set<bool>(writes && data);
    top.p_s__axil__bready.set<bool>(true);
    top.p_s__axil__arvalid.set<bool>(reads && address);
    top.p_s__axil__rready.set<bool>(true);
    top.p_s__axil__wstrb.set<uint32_t>(15);
    if (access) {
      top.p_s__axil__awaddr.set<uint32_t>(access->offset);
      top.p_s__axil__araddr.set<uint32_t>(access->offset);
      top.p_s__axil__wdata.set<uint32_t>(access->value);
    }
  }

  /// Whether the access ends with this cycle.
  bool sample() {
    if (!access) return false;
    const bool writes = access->kind == "write";
    const bool answered = writes ? number(top.p_s__axil__bvalid) : number(top.p_s__axil__rvalid);
    const uint32_t response = writes ? number(top.p_s__axil__bresp) : number(top.p_s__axil__rresp);
    if (writes ? number(top.p_s__axil__awready) : number(top.p_s__axil__arready)) address = false;
    if (number(top.p_s__axil__wready)) data = false;
    if (!answered) return false;
    if (response) fail("the access to register " + std::to_string(access->offset) + " was answered with an error");
    answer = number(top.p_s__axil__rdata);
    access = nullptr;
    return true;
  }
};

/// A FILE that closes.
struct File {
  FILE *file;
  File(const std::string &path, const char *mode) : file(std::fopen(path.c_str(), mode)) {}
  File(const File &) = delete;
  ~File() {
    if (file) std::fclose(file);
  }
  void line(const std::string &text) {
    if (file) std::fprintf(file, "%s\n", text.c_str());
  }
};

std::string hexadecimal_cycle(uint32_t cycle) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", cycle);
  return text;
}

template <size_t Width> struct Tap : cxxrtl_design::bb_p_stream__tap<Width> {
  File file;
  explicit Tap(const std::string &name) : file("taps/" + name + ".tap", "w") {}

  bool eval(cxxrtl::performer *performer) override {
    if (this->posedge_p_clk__i() && this->p_rst__ni && this->p_valid__i && this->p_ready__i) {
      const char marks = static_cast<char>('0' + 2 * number(this->p_eof__i) + number(this->p_eol__i));
      file.line(hexadecimal(this->p_cycle__i) + " " + marks + " " + hexadecimal(this->p_data__i));
    }
    return cxxrtl_design::bb_p_stream__tap<Width>::eval(performer);
  }
};

/// The two streams, cycle by cycle.
struct Streams {
  Top &top;
  const Job &job;
  std::ifstream stimulus{"stimulus.hex"};
  File recording{"recording.tap", "w"}, begins{"begins.tap", "w"};
  cxxrtl::value<Beat::bits + 3> word;
  bool valid = false, ready = false;
  uint32_t random_in, random_out, cycle = 0, idle = 0, taken = 0, given = 0, last_taken = 0;

  Streams(Top &top, const Job &job)
      : top(top), job(job), random_in(job.seed ^ 0x9E3779B9), random_out(job.seed ^ 0x85EBCA6B) {}

  void drive() {
    top.p_s__axis__tvalid.set<bool>(valid);
    top.p_s__axis__tdata = word.template trunc<Beat::bits>();
    top.p_s__axis__tlast.set<bool>(word.bit(Beat::bits));
#ifdef SAPM_VIDEO_IN
    top.p_s__axis__tuser.set<bool>(word.bit(Beat::bits + 1));
#endif
    top.p_m__axis__tready.set<bool>(ready);
  }

  void sample() {
    const bool took = valid && number(top.p_s__axis__tready), gave = number(top.p_m__axis__tvalid) && ready;
    idle = took || gave ? 0 : idle + 1;
    if (took) {
      taken++;
      last_taken = cycle;
      if (word.bit(Beat::bits + 2)) begins.line(hexadecimal_cycle(cycle));
    }
    if (gave) {
      given++;
      uint32_t marks = number(top.p_m__axis__tlast);
#ifdef SAPM_VIDEO_OUT
      marks += 2 * number(top.p_m__axis__tuser);
#endif
      recording.line(hexadecimal_cycle(cycle) + " " + std::to_string(marks) + " " + hexadecimal(top.p_m__axis__tdata));
    }
    std::string digits;
    if (!valid || took) {
      valid = (random_in >> 8 & 255) >= job.stall_in && stimulus >> digits;
      if (valid) set_digits(word, digits);
    }
    ready = (random_out >> 8 & 255) >= job.stall_out;
    random_in = next_random(random_in);
    random_out = next_random(random_out);
    cycle++;
  }
};

}  // namespace

namespace cxxrtl_design {
#define SAPM_TAP(Width)                                                          \
  template <>                                                                    \
  std::unique_ptr<bb_p_stream__tap<Width>> bb_p_stream__tap<Width>::create(      \
      std::string, cxxrtl::metadata_map parameters, cxxrtl::metadata_map) {      \
    return std::make_unique<Tap<Width>>(parameters.at("Name").as_string());      \
  }
SAPM_WIDTHS
}  // namespace cxxrtl_design

int main() {
  const Job job("script.txt");
  Top top;
  Streams streams(top, job);
  Bus bus{top};

  const auto cycle = [&] {
    streams.drive();
    bus.drive();
    top.p_clk__i.set<bool>(false);
    top.step();
    const bool ended = bus.sample();
    streams.sample();
    top.p_clk__i.set<bool>(true);
    top.step();
    return ended;
  };
  top.p_rst__ni.set<bool>(false);
  for (int i = 0; i < 4; i++) {
    top.p_clk__i.set<bool>(i % 2);
    top.step();
  }
  top.p_rst__ni.set<bool>(true);

  size_t next = 0;
  while (streams.given < job.beats && streams.idle < job.patience) {
    if (!bus.access && next < job.before.size()) bus.begin(job.before[next]);
    const uint32_t mask = bus.access && bus.access->kind == "until" ? bus.access->value : 0;
    if (cycle() && (!mask || (bus.answer & mask))) next++;
  }
  const bool stuck = streams.given < job.beats;
  for (int i = 0; i < 200; i++) cycle();  // Whatever came too much would come soon.

  File result("result.json", "w");
  std::string registers;
  for (const Access &access : job.after) {
    for (bus.begin(access); !cycle();) {
    }
    registers += (registers.empty() ? "\"" : ", \"") + access.name + "\": " + std::to_string(bus.answer);
  }
  result.line(std::string("{\"stuck\": ") + (stuck ? "true" : "false") + ", \"taken\": " + std::to_string(streams.taken) +
              ", \"given\": " + std::to_string(streams.given) + ", \"last_taken\": " + std::to_string(streams.last_taken) +
              ", \"registers\": {" + registers + "}}");
}
