// Runs a fuzz target on files: replay_seeds TARGET FILE... Builds without libFuzzer use it to repeat the
// seeds and the findings of the fuzzer. One program for all targets, because linking one for each took longer
// than running them.
#include "fuzz/replay.hpp"

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "fuzz/target.hpp"

namespace snapq::fuzz {
namespace {

std::map<std::string, ReplayTarget::Function>& targets() {
    static std::map<std::string, ReplayTarget::Function> list;
    return list;
}

std::string content_of(const char* path) {
    std::ifstream file(path, std::ios::binary);
    require(file.is_open(), "every named file can be read");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

ReplayTarget::ReplayTarget(const char* name, Function run) {
    targets()[name] = run;
}

}  // namespace snapq::fuzz

int main(int argc, char* argv[]) {
    using namespace snapq::fuzz;
    require(argc > 2, "the command line names a target and at least one file");
    const auto target = targets().find(argv[1]);
    require(target != targets().end(), "the first argument is the name of a target");
    for (int i = 2; i < argc; ++i) {
        std::fprintf(stderr, "%s\n", argv[i]);  // the last line names the file that caused a crash
        const std::string bytes = content_of(argv[i]);
        target->second(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    std::fprintf(stderr, "%d inputs replayed\n", argc - 2);
    return 0;
}
