#include "support/catch.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::input::fixtures;
using Options = ZipBuilder::Options;

namespace {

const std::string k_pickle = pickle_bytes(300);

// All ways to write a member.
std::vector<Options> all_options() {
    std::vector<Options> all;
    for (int bits = 0; bits < 16; ++bits) {
        Options options;
        options.is_deflated = (bits & 1) != 0;
        options.has_descriptor = (bits & 2) != 0;
        options.is_zip64 = (bits & 4) != 0;
        options.padding = (bits & 8) != 0 ? 50 : 0;
        all.push_back(options);
    }
    return all;
}

}  // namespace

TEST_CASE("Stored and deflated members are read, with and without descriptor and zip64 fields") {
    const ScratchFolder dir;
    for (const Options& options : all_options()) {
        INFO(options.is_deflated << options.has_descriptor << options.is_zip64 << options.padding);
        ZipBuilder zip;
        zip.add("a/first", "some data PK\x07\x08 that looks odd", options)
            .add("a/data.pkl", k_pickle, options);
        zip.add("a/version", "3\n", options);
        for (const std::string& bytes :
             {zip.finish(), zip.finish(true), zip.finish(false, "a comment PK\x05\x06 of mine")}) {
            CHECK(payload_of(dir.file("seekable", bytes)) == k_pickle);
            for (const std::size_t piece : {1u, 2u, 3u, 4096u})
                CHECK(payload_of(dir.file("streamed", gzip(bytes)), piece) == k_pickle);
        }
    }
}

TEST_CASE("A file of many thousand entries is read") {
    const ScratchFolder dir;
    Options options;
    options.has_descriptor = true;
    options.padding = 38;
    ZipBuilder zip;
    zip.add("run/data.pkl", k_pickle, options);
    for (int i = 0; i < 70'000; ++i) zip.add("run/data/" + std::to_string(i), "x", options);
    const std::string bytes = zip.finish(true);
    CHECK(payload_of(dir.file("seekable", bytes)) == k_pickle);
    CHECK(payload_of(dir.file("streamed", gzip(bytes))) == k_pickle);
}

TEST_CASE("A stored pickle full of false descriptors is streamed completely") {
    const ScratchFolder dir;
    std::string tricky = "\x80\x02";
    for (int i = 0; i < 100'000; ++i) tricky += i % 3 == 0 ? "PK\x07\x08" : "PKP";
    const std::string bytes = torch_zip(tricky + "PK.");
    CHECK((payload_of(dir.file("seekable", bytes)) == tricky + "PK."));
    CHECK((payload_of(dir.file("streamed", gzip(bytes)), 100'000) == tricky + "PK."));
}

TEST_CASE("A descriptor after deflated data may lack its signature") {
    const ScratchFolder dir;
    Options options;
    options.is_deflated = options.has_descriptor = true;
    options.has_signature = false;
    const std::string bytes = ZipBuilder().add("a/data.pkl", k_pickle, options).finish();
    CHECK(payload_of(dir.file("seekable", bytes)) == k_pickle);
    CHECK(payload_of(dir.file("streamed", gzip(bytes))) == k_pickle);
}

TEST_CASE("An archive that is truncated anywhere is refused") {
    const ScratchFolder dir;
    for (const bool is_deflated : {false, true}) {
        Options options;
        options.is_deflated = is_deflated;
        options.has_descriptor = true;
        const std::string bytes = ZipBuilder().add("a/data.pkl", k_pickle, options).finish(true);
        const std::size_t needed = bytes.find("PK\x01\x02");
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            INFO(size);
            CHECK(failure_of(dir.file("seekable", bytes.substr(0, size))) != "");
            // Reading a stream succeeds when the member is complete; the directory may be missing.
            CHECK((failure_of(dir.file("streamed", gzip(bytes.substr(0, size)))) == "") == (size >= needed));
        }
    }
}

TEST_CASE("An archive with a flipped byte never gives other data") {
    const ScratchFolder dir;
    for (const Options& options : all_options()) {
        const std::string bytes = ZipBuilder().add("a/data.pkl", k_pickle, options).finish(options.is_zip64);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
            for (const std::string& path :
                 {dir.file("seekable", damaged), dir.file("streamed", gzip(damaged))}) {
                if (failure_of(path).empty()) CHECK(payload_of(path) == k_pickle);
            }
        }
    }
}

TEST_CASE("The error for another archive says what it looks like") {
    const ScratchFolder dir;
    const auto both = [&](const std::string& bytes, const std::string& message) {
        for (const std::string& path : {dir.file("seekable", bytes), dir.file("streamed", gzip(bytes))}) {
            INFO(failure_of(path));
            CHECK(failure_of(path).find(message) != std::string::npos);
        }
    };
    both(ZipBuilder().finish(), "empty zip archive");
    both(ZipBuilder().add("snapshot.pickle", k_pickle).finish(),
         "without data.pkl, so not made by torch.save (it holds snapshot.pickle)");
    const std::string long_name(100, 'n');
    both(ZipBuilder().add(long_name, k_pickle).finish(), "(it holds " + long_name.substr(0, 80) + ")");
    both(ZipBuilder().add("a/b/data.pkl", k_pickle).finish(), "without data.pkl");
    both(ZipBuilder().add("allocations.json", "[]").add("elements.db", "").finish(),
         "an archive made from a snapshot already");
    both(ZipBuilder().add("a/data.pkl", "hello").finish(), "the data inside torch-zip is text");
    both(ZipBuilder().add("a/data.pkl", "").finish(), "the data inside torch-zip is an empty file");
}

TEST_CASE("The error names encryption and unsupported compression methods") {
    const ScratchFolder dir;
    const auto with_field = [](std::size_t local_at, std::size_t central_at, char value) {
        std::string bytes = ZipBuilder().add("a/data.pkl", k_pickle).finish();
        bytes[local_at] = value;
        bytes[bytes.find("PK\x01\x02") + central_at] = value;
        return bytes;
    };
    for (const bool is_streamed : {false, true}) {
        const auto written = [&](const std::string& bytes) {
            return dir.file("a", is_streamed ? gzip(bytes) : bytes);
        };
        CHECK(failure_of(written(with_field(6, 8, 1))).find("is encrypted") != std::string::npos);
        CHECK(failure_of(written(with_field(8, 10, 93))).find("compressed by method 93") !=
              std::string::npos);
    }
}

TEST_CASE("A directory that points outside the file is refused") {
    const ScratchFolder dir;
    std::string bytes = ZipBuilder().add("a/data.pkl", k_pickle).finish();
    const std::size_t end = bytes.find("PK\x05\x06");
    bytes[end + 19] = '\x7F';  // the directory's offset
    CHECK(failure_of(dir.file("a", bytes)).find("does not end where its end record begins") !=
          std::string::npos);
    std::string far = ZipBuilder().add("a/data.pkl", k_pickle).finish();
    far[far.find("PK\x01\x02") + 45] = '\x7F';  // the member's offset
    CHECK(failure_of(dir.file("a", far)).find("its local header lies outside the entries") !=
          std::string::npos);
}
