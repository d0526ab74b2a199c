// Runs a fuzz target on the files named on the command line. Builds without libFuzzer (GCC) use it to repeat
// the findings of the fuzzer.
#include <fstream>
#include <sstream>

#include "fuzz/target.hpp"

namespace {

std::string content_of(const char* path) {
    std::ifstream file(path, std::ios::binary);
    snapq::fuzz::require(file.is_open(), "every named file can be read");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

int main(int argc, char* argv[]) {
    for (int i = 1; i < argc; ++i) {
        std::fprintf(stderr, "%s\n", argv[i]);  // the last line names the file that caused a crash
        const std::string bytes = content_of(argv[i]);
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    }
    std::fprintf(stderr, "%d inputs replayed\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
