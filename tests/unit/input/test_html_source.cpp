#include "input/containers/html.hpp"

#include "support/catch.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::input::fixtures;

namespace {

std::string page_with(const std::string& array) {
    return "<html><script>const files = " + array + "\nshow(files)";
}

}  // namespace

TEST_CASE("A page that is truncated before the end of its array is refused") {
    const ScratchFolder dir;
    const std::string page = html_page(pickle_bytes(100));
    const std::size_t end = page.find("}]") + 2;
    for (std::size_t size = 0; size < end; ++size) {
        INFO(size);
        CHECK(failure_of(dir.file("cut.html", page.substr(0, size))) != "");
    }
    CHECK(payload_of(dir.file("cut.html", page.substr(0, end))).starts_with(pickle_bytes(100)));
}

TEST_CASE("Text that is not base64 is refused with its offset") {
    const ScratchFolder dir;
    std::string page = html_page(pickle_bytes(100));
    const std::size_t at = page.find("\"base64\": \"") + 31;
    page[at] = '*';
    const std::string path = dir.file("a.html", page);
    CHECK(failure_of(path) ==
          path + ": byte " + std::to_string(at) + ": html: a character that is not base64");
    CHECK(failure_of(dir.file("a.html", page_with("[{\"base64\": \"gAJdL\"}]"))).find("is incomplete") !=
          std::string::npos);
}

TEST_CASE("Pages in other valid forms are read") {
    const ScratchFolder dir;
    const std::string payload = "\x80\x02]q\x01.???";
    const std::string text = base64(payload);
    CHECK(text.find('/') != std::string::npos);
    const auto read = [&](const std::string& array) {
        return payload_of(dir.file("a.html", page_with(array)));
    };
    CHECK(read("[{\"base64\":\"" + text + "\",\"name\":\"a \\\"quoted\\\" name\"}]") == payload);
    CHECK(read("[ { \"base64\" :\n\"" + text + "\" } ]") == payload);
    std::string escaped = text;
    escaped.replace(escaped.find('/'), 1, "\\/");
    CHECK(read("[{\"base64\": \"" + escaped + "\"}]") == payload);
    // Padding is optional.
    CHECK(read("[{\"base64\": \"" + base64(payload + "a").substr(0, 14) + "\"}]") == payload + "a");
    // The key may also be part of a script.
    CHECK(read("0; f(\"base64\"); g = {\"base64\": x}; files = [{\"base64\": \"" + text + "\"}]") == payload);
}

TEST_CASE("A page with several snapshots gives them one after the other") {
    const ScratchFolder dir;
    const std::string one = "{\"name\": \"a\", \"base64\": \"gAJdLg==\"}";
    const std::string pickle = "\x80\x02].";
    const std::string path = dir.file("a.html", page_with("[" + one + ", " + one + "]"));
    for (const std::size_t piece : {1u, 3u, 4u, 5u, 4096u}) CHECK(payload_of(path, piece) == pickle + pickle);
    CHECK(payload_of(dir.file("a.html", page_with("[" + one + "]"))) == pickle);
    CHECK(failure_of(dir.file("a.html", page_with("[" + one + ", {}]")))
              .find("the list of snapshots is damaged") != std::string::npos);
}

TEST_CASE("A page without a snapshot is named") {
    const ScratchFolder dir;
    const auto refusal = [&](const std::string& page) {
        const std::string path = dir.file("a.html", page);
        return failure_of(path).substr(path.size());
    };
    CHECK(refusal("<html><title>GPU Memory Timeline HTML</title><img src='data:image/png;base64,AAAA'>") ==
          ": this is a memory timeline of torch.profiler (export_memory_timeline), without an embedded "
          "snapshot");
    const std::string old_viewer =
        ": this is a drawing by the viewer of PyTorch 2.0 or older, without an embedded snapshot";
    CHECK(refusal("<script>let alloc_data = {\"elements_info\": [0]}") == old_viewer);
    CHECK(refusal("<script src=MemoryViz.js>") ==
          ": this is a page of PyTorch's memory viewer, without an embedded snapshot");
    CHECK(refusal("<svg xmlns=''></svg>").find("a picture in SVG") != std::string::npos);
    // Wherever the text is cut by the ends of buffers, and beside other uses of the key.
    for (std::size_t filler = 262'060; filler < 262'150; ++filler) {
        INFO(filler);
        CHECK(refusal("<html>\"base64\"" + std::string(filler, '.') + "\"elements_info\": [0]") ==
              old_viewer);
    }
    CHECK(failure_of(dir.file("a.html", "<!DOCTYPE html><p>Hello" + std::string(1'000'000, '.')))
              .find("without an embedded snapshot") != std::string::npos);
    CHECK(failure_of(dir.file("a.html", page_with("[{\"base64\": \"aGVsbG8=\"}]")))
              .find("the data inside html is text") != std::string::npos);
}

TEST_CASE("A key across the end of a buffer is found") {
    const ScratchFolder dir;
    for (std::size_t filler = 262'100; filler < 262'150; ++filler) {
        const std::string page = "<html>" + std::string(filler, '.') + "[{\"base64\": \"gAJdLg==\"}]";
        CHECK(payload_of(dir.file("a.html", page)) == "\x80\x02].");
    }
}
