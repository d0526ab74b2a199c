#include "support/catch.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::input::fixtures;

TEST_CASE("All members of a gzip file are read in sequence") {
    const ScratchFolder dir;
    const std::string pickle = pickle_bytes(300);
    const std::string members = gzip(pickle.substr(0, 100)) + gzip("") + gzip(pickle.substr(100));
    const std::string path = dir.file("a.gz", members);
    for (const std::size_t piece : {1u, 2u, 3u, 4096u}) CHECK(payload_of(path, piece) == pickle);
}

TEST_CASE("NUL bytes after a gzip file are padding, and other bytes are damage") {
    const ScratchFolder dir;
    const std::string packed = gzip(pickle_bytes(300));
    CHECK(payload_of(dir.file("a.gz", packed + std::string(600'000, '\0'))) == pickle_bytes(300));
    CHECK(failure_of(dir.file("a.gz", packed + std::string(10, '\0') + "x")).find("not gzip data") !=
          std::string::npos);
    CHECK(failure_of(dir.file("a.gz", packed + "\x1f")).find("not gzip data") != std::string::npos);
}

TEST_CASE("A gzip file that is truncated anywhere is refused") {
    const ScratchFolder dir;
    const std::string packed = gzip(pickle_bytes(300));
    for (std::size_t size = 0; size < packed.size(); ++size) {
        INFO(size);
        CHECK(failure_of(dir.file("cut.gz", packed.substr(0, size))) != "");
    }
    const std::string path = dir.file("cut.gz", packed.substr(0, 100));
    CHECK(failure_of(path) == path + ": byte 100: gzip: truncated: the data ends here, before its end mark");
}

TEST_CASE("A gzip file with a flipped byte never gives other data") {
    const ScratchFolder dir;
    const std::string packed = gzip(pickle_bytes(300));
    for (std::size_t at = 0; at < packed.size(); ++at) {
        std::string damaged = packed;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        const std::string path = dir.file("damaged.gz", damaged);
        // Changes in bytes 4 to 9 (for example the time of the original file) do not affect the data.
        if (failure_of(path).empty()) CHECK(payload_of(path) == pickle_bytes(300));
    }
}

TEST_CASE("An error inside a nested container names both containers") {
    const ScratchFolder dir;
    std::string packed = gzip(pickle_bytes(300));
    packed.resize(100);
    CHECK(failure_of(dir.file("a", zstd(packed))).find("byte 100: gzip inside zstd: ") != std::string::npos);
}
