#include "input/open_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "io/file_descriptor.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"
#include "support/skip.hpp"

using namespace snapq;
using namespace snapq::input;
using snapq::io::Fd;
using snapq::io::write_fully;
using namespace snapq::input::fixtures;
using namespace std::string_literals;

namespace {

struct Wrapped {
    std::string kind_text;
    std::string bytes;
};

std::vector<Wrapped> wrap(const std::string& pickle) {
    return {{"pickle", pickle},
            {"gzip+pickle", gzip(pickle)},
            {"zstd+pickle", zstd(pickle)},
            {"torch-zip+pickle", torch_zip(pickle)},
            {"gzip+torch-zip+pickle", gzip(torch_zip(pickle))},
            {"zstd+gzip+pickle", zstd(gzip(pickle))}};
}

bool ends_in_nuls(const std::string& bytes, const std::string& pickle) {
    const std::string rest = bytes.substr(std::min(pickle.size(), bytes.size()));
    return bytes.starts_with(pickle) && !rest.empty() && rest.size() <= 3 &&
           rest.find_first_not_of('\0') == std::string::npos;
}

// Standard input is one end of a pipe; a thread writes to the other end.
class PipedInput {
public:
    explicit PipedInput(std::string bytes) {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
        m_read_end = Fd(ends[0]);
        m_writer = std::jthread([write_end = Fd(ends[1]), bytes = std::move(bytes)] {
            write_fully(write_end.get(), bytes, "the pipe");
        });
        m_input.emplace(m_read_end.get());
    }

private:
    Fd m_read_end;
    std::jthread m_writer;
    std::optional<StandardInput> m_input;
};

}  // namespace

TEST_CASE("Every container gives the same payload for every size of reads") {
    const ScratchFolder dir;
    const std::string pickle = pickle_bytes(5000);
    for (const Wrapped& wrapped : wrap(pickle)) {
        const std::string path = dir.file("snapshot", wrapped.bytes);
        CHECK(open_input(path).kind_text() == wrapped.kind_text);
        for (const std::size_t piece : {1u, 2u, 3u, 4096u, 1u << 20})
            CHECK(payload_of(path, piece) == pickle);
    }
}

TEST_CASE("Payloads larger than every buffer are unchanged") {
    const ScratchFolder dir;
    const std::string pickle = pickle_bytes(3'000'001);
    for (const Wrapped& wrapped : wrap(pickle)) {
        const std::string path = dir.file("snapshot", wrapped.bytes);
        for (const std::size_t piece : {1000u, 65536u, 262144u, 700000u})
            CHECK((payload_of(path, piece) == pickle));
    }
}

TEST_CASE("A page gives its pickle with the padding after STOP") {
    const ScratchFolder dir;
    for (std::size_t size = 100; size < 106; ++size) {
        const std::string pickle = pickle_bytes(size);
        const std::string path = dir.file("page.html", html_page(pickle));
        CHECK(open_input(path).kind_text() == "html+pickle");
        for (const std::size_t piece : {1u, 2u, 3u, 4096u})
            CHECK(ends_in_nuls(payload_of(path, piece), pickle));
    }
    const std::string large = pickle_bytes(2'000'000);
    CHECK(ends_in_nuls(payload_of(dir.file("page.html.gz", gzip(html_page(large))), 100000), large));
}

TEST_CASE("JSON is returned without its byte order mark") {
    const ScratchFolder dir;
    const std::string path = dir.file("a.json", "\xEF\xBB\xBF{\"segments\":[]}");
    OpenedInput input = open_input(path);
    CHECK(input.kind() == PayloadKind::json);
    CHECK(input.kind_text() == "json");
    CHECK(read_all(input.payload()) == "{\"segments\":[]}");
    CHECK(open_input(dir.file("b", zstd("[]"))).kind_text() == "zstd+json");
}

TEST_CASE("An input knows its names and sizes") {
    const ScratchFolder dir;
    const std::string packed = gzip(pickle_bytes(1000));
    const std::string path = dir.file("rank0.pickle.gz", packed);
    OpenedInput input = open_input(path);
    CHECK(input.source_name() == "rank0.pickle.gz");
    CHECK(input.display_name() == path);
    CHECK(input.file_size() == packed.size());
    CHECK(input.file_bytes() == packed.size());
    read_all(input.payload());
    CHECK(input.payload().consumed() == packed.size());
}

TEST_CASE("Offsets of a payload become offsets of the file") {
    const ScratchFolder dir;
    const std::string zip = torch_zip("\x80\x02]q\x01.");
    OpenedInput input = open_input(dir.file("run.pt", zip));
    const InputError located = input.located(InputError("odd opcode", 2));
    CHECK(located.file() == dir / "run.pt");
    CHECK(located.offset() == zip.find("\x80\x02") + 2);
    CHECK(located.message() == "odd opcode");
    CHECK(open_input(dir.file("a", "\xEF\xBB\xBF[1]")).located(InputError("odd", 1)).offset() == 4U);
}

TEST_CASE("The error for compressed data says that the offset counts unpacked bytes") {
    const ScratchFolder dir;
    const OpenedInput input = open_input(dir.file("a.gz", gzip(html_page("\x80\x02."))));
    const InputError located = input.located(InputError("odd opcode", 7));
    CHECK(located.offset() == 7U);
    CHECK(located.message() == "odd opcode (counted in the data unpacked from gzip and html)");
    CHECK(input.located(InputError("other", "x", 3)).file() == "other");
}

TEST_CASE("A file that is not a snapshot is refused with the name of its kind") {
    const ScratchFolder dir;
    const std::string path = dir.file("x", "\x89PNG\r\n\x1A\n....");
    CHECK(failure_of(path) == path + ": this is a PNG picture, not a memory snapshot");
    CHECK(failure_of(dir.file("x", "")) == path + ": this is an empty file, not a memory snapshot");
    CHECK(failure_of(dir.file("x", "hello")) == path + ": this is text, not a memory snapshot");
    CHECK(failure_of(dir.file("x", gzip("hello"))) ==
          path + ": the data inside gzip is text, not a memory snapshot");
    CHECK(failure_of(dir.path()) == dir.path() + ": this is a directory, not a memory snapshot");
    CHECK(failure_of(dir / "absent") == dir / "absent" + ": no such file");
    CHECK(failure_of(path + "/below").find("Not a directory") != std::string::npos);
}

TEST_CASE("At most four containers may be nested") {
    const ScratchFolder dir;
    std::string bytes = pickle_bytes(100);
    for (int i = 0; i < 4; ++i) bytes = gzip(bytes);
    CHECK(payload_of(dir.file("four", bytes)) == pickle_bytes(100));
    CHECK(failure_of(dir.file("five", zstd(bytes))).find("nested more than 4 deep (zstd+gzip+gzip+gzip)") !=
          std::string::npos);
}

TEST_CASE("A file that changes while it is read is refused") {
    const ScratchFolder dir;
    const std::string path = dir.file("growing", pickle_bytes(1000));
    OpenedInput input = open_input(path);
    read_all(input.payload());
    std::ofstream(path, std::ios::app) << "more";
    CHECK_THROWS_WITH(input.finish(), path + ": the file changed while it was read");
}

TEST_CASE("A file that shrinks while it is read is refused") {
    const ScratchFolder dir;
    const std::string path = dir.file("shrinking", pickle_bytes(2'000'000));
    OpenedInput plain = open_input(path);
    std::filesystem::resize_file(path, 1'000'000);
    CHECK_THROWS_WITH(read_all(plain.payload()),
                      path + ": byte 1000000: the file became shorter while it was read");
    const std::string zip = dir.file("zip", torch_zip(pickle_bytes(2'000'000)));
    OpenedInput zipped = open_input(zip);
    std::filesystem::resize_file(zip, 1'000'000);
    CHECK_THROWS_AS(read_all(zipped.payload()), InputError);
}

TEST_CASE("The end of a container is checked even when the decoder stops early") {
    const ScratchFolder dir;
    std::string packed = gzip(pickle_bytes(1000) + std::string(100000, '\0'));
    packed.pop_back();
    OpenedInput input = open_input(dir.file("cut.gz", packed));
    std::string head(1000, '\0');
    CHECK(input.payload().read(head) > 0);
    CHECK_THROWS_AS(input.finish(), InputError);
}

TEST_CASE("Bytes after a bare pickle are not checked") {
    const ScratchFolder dir;
    OpenedInput input = open_input(dir.file("padded", pickle_bytes(1000) + std::string(500'000, '\xAA')));
    std::string head(1000, '\0');
    CHECK(input.payload().read(head) == 1000);
    CHECK_NOTHROW(input.finish());
}

TEST_CASE("Standard input may be a pipe of any kind") {
    for (const Wrapped& wrapped : wrap(pickle_bytes(500'000))) {
        const PipedInput pipe(wrapped.bytes);
        OpenedInput input = open_input("-");
        CHECK(input.kind_text() == wrapped.kind_text);
        CHECK(input.source_name() == "stdin");
        CHECK_FALSE(input.file_size().has_value());
        CHECK((read_all(input.payload()) == pickle_bytes(500'000)));
        input.finish();
        CHECK(input.file_bytes() == wrapped.bytes.size());
    }
}

TEST_CASE("The writer of a pipe can write all its padding") {
    // More bytes than a pipe holds. If finish() did not read them, the writer would fail with EPIPE or die of
    // SIGPIPE.
    const PipedInput pipe(pickle_bytes(1000) + std::string(1'000'000, '\0'));
    OpenedInput input = open_input("-");
    std::string head(1000, '\0');
    CHECK(input.payload().read(head) > 0);
    input.finish();
    CHECK(input.file_bytes() == 1'001'000);
}

TEST_CASE("Standard input may be a file") {
    const ScratchFolder dir;
    const std::string bytes = torch_zip(pickle_bytes(2000));
    const Fd fd(::open(dir.file("run.pt", bytes).c_str(), O_RDONLY | O_CLOEXEC));
    const StandardInput redirected(fd.get());
    OpenedInput input = open_input("-");
    CHECK(input.file_size() == bytes.size());
    CHECK(read_all(input.payload()) == pickle_bytes(2000));
    CHECK(failure_of(dir / "absent") != "");
}

TEST_CASE("An error in standard input names standard input") {
    const PipedInput pipe("hello");
    CHECK(failure_of("-") == "stdin: this is text, not a memory snapshot");
}

TEST_CASE("The hint for an archive depends on whether it has a name") {
    const ScratchFolder dir;
    const std::string archive = ZipBuilder().add("allocations.json", "[]").add("elements.db", "").finish();
    const auto hint_of = [](const std::string& path) -> std::string {
        try {
            static_cast<void>(open_input(path));
        } catch (const InputError& error) {
            return error.hint();
        }
        return "no error";
    };
    CHECK(hint_of(dir.file("run.zip", archive)) == "query, summary, diff and info read archives as they are");
    const PipedInput pipe(archive);
    CHECK(hint_of("-") == "give the archive as a file, not through a pipe");
}

TEST_CASE("Real snapshots are recognised") {
    const std::string corpus = SNAPQ_SOURCE_DIR "/../shared/corpus";
    if (!std::filesystem::exists(corpus)) return snapq::tests::skip_test("there are no recorded snapshots");
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
        if (entry.path().extension() != ".pickle") continue;
        CHECK(open_input(entry.path()).kind_text() == "pickle");
        CHECK((payload_of(entry.path(), 1 << 18) == read_file(entry.path())));
        ++count;
    }
    CHECK(count > 0);
}
