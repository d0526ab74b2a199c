#include "frames/stack_class.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace snapq::frames;

namespace {

struct SampleFrame {
    std::string filename;
    std::int64_t line;
    std::string name;
};

StackId intern(Symbols& symbols, const std::vector<SampleFrame>& frames) {
    std::vector<std::uint32_t> ids;
    for (const SampleFrame& text : frames) {
        Frame frame;
        frame.filename = symbols.intern_text(text.filename);
        frame.line = text.line;
        frame.name = symbols.intern_text(text.name);
        ids.push_back(symbols.intern_frame(frame).value());
    }
    return symbols.intern_stack(ids);
}

std::string text_of(const Symbols& symbols, FrameId id) {
    if (!id) return "";
    const Frame& frame = symbols.frame(id);
    const std::string line = frame.line < 0 ? "?" : std::to_string(frame.line);
    return std::string(symbols.text(frame.filename)) + ":" + line + " " +
           std::string(symbols.text(frame.name));
}

// A file with a recorded stack and its expected class: lines "= KEY: VALUE", then lines "FILENAME | LINE |
// NAME", innermost first.
struct Sample {
    std::map<std::string, std::string> expected;
    std::vector<SampleFrame> frames;
};

Sample read_sample(const std::filesystem::path& path) {
    Sample sample;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) continue;
        if (line.starts_with("= ")) {
            const std::size_t colon = line.find(':');
            sample.expected[line.substr(2, colon - 2)] = line.substr(std::min(colon + 2, line.size()));
            continue;
        }
        const std::size_t first = line.find(" | ");
        const std::size_t second = line.find(" | ", first + 3);
        sample.frames.push_back(
            {line.substr(0, first), std::stoll(line.substr(first + 3)), line.substr(second + 3)});
    }
    return sample;
}

StackClass classify(const std::vector<SampleFrame>& frames) {
    Symbols symbols;
    return classify_stack(symbols, intern(symbols, frames));
}

}  // namespace

TEST_CASE("Recorded stacks have the class that their files expect", "[stack_class]") {
    const std::filesystem::path folder = SNAPQ_SOURCE_DIR "/tests/unit/frames/stacks";
    int samples = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const Sample sample = read_sample(entry.path());
        Symbols symbols;
        const StackClass found = classify_stack(symbols, intern(symbols, sample.frames));
        INFO(entry.path().filename().string());
        REQUIRE(sample.expected.size() == 5);
        CHECK(name_of(found.kind) == sample.expected.at("kind"));
        CHECK(found.site == sample.expected.at("site"));
        CHECK(text_of(symbols, found.user_frame) == sample.expected.at("user"));
        CHECK(found.op == sample.expected.at("op"));
        CHECK(found.backward_node == sample.expected.at("node"));
        ++samples;
    }
    CHECK(samples >= 27);
}

TEST_CASE("The site is the text of the site frame", "[stack_class]") {
    Symbols symbols;
    const StackClass found = classify_stack(
        symbols,
        intern(symbols, {{"/x/site-packages/torch/a.py", 1, "a"}, {"/x/b.py", 2, "b"}, {"/x/c.py", 3, "c"}}));
    CHECK(found.site == "/x/b.py:2 b");
    CHECK(text_of(symbols, found.site_frame) == "/x/b.py:2 b");
    CHECK(found.user_frame == found.site_frame);
}

TEST_CASE("A stack without Python frames has no site frame", "[stack_class]") {
    const StackClass found =
        classify({{"??", 0, "at::_ops::mm::call(at::Tensor const&)"}, {"??", 0, "main"}});
    CHECK(found.site == "[no frame] mm");
    CHECK(found.site_frame.is_none());
    CHECK(found.user_frame.is_none());
    CHECK(classify({{"??", 0, "main"}}).site == "[no frame]");
}

TEST_CASE("The innermost node of nested backward passes counts", "[stack_class]") {
    const StackClass found = classify({{"??", 0, "torch::autograd::generated::MmBackward0::apply(int)"},
                                       {"??", 0, "torch::autograd::Engine::evaluate_function(int)"},
                                       {"", 0, "torch::autograd::PyNode::apply(int)"},
                                       {"??", 0, "torch::autograd::Engine::evaluate_function(int)"}});
    CHECK(found.site == "[backward] MmBackward0");
}

TEST_CASE("Symbols may grow between two classifications", "[stack_class]") {
    Symbols symbols;
    StackClassifier classifier(symbols);
    CHECK(classifier.classify(intern(symbols, {{"/x/a.py", 1, "f"}})).site == "/x/a.py:1 f");
    CHECK(classifier.classify(intern(symbols, {})).site == "[no stack]");
    CHECK(classifier.classify(intern(symbols, {{"??", 0, "main"}, {"/x/b.py", 2, "g"}})).site ==
          "/x/b.py:2 g");
    CHECK(classifier.classify(intern(symbols, {{"/x/a.py", 1, "f"}})).kind == StackKind::python);
}

TEST_CASE("Text that is not UTF-8, or very long, is not changed", "[stack_class]") {
    const std::string odd = "/x/\xff\xfe/" + std::string(100'000, '(') + ".py";
    CHECK(classify({{odd, 7, "f\xc0"}}).site == odd + ":7 f\xc0");
    CHECK(classify({{"a.cpp", 0, std::string(100'000, '<') + "at::_ops::mm::call("}}).op.empty());
}

TEST_CASE("The content hash is FNV-1a over the frames' texts", "[stack_class]") {
    Symbols symbols;
    // The offset basis, 14695981039346656037, as signed; the others from an independent implementation.
    CHECK(stack_content_hash(symbols, intern(symbols, {})) == -3750763034362895579);
    CHECK(stack_content_hash(symbols, intern(symbols, {{"a", 1, "b"}})) == 3438523226003168087);
    CHECK(stack_content_hash(symbols, intern(symbols, {{"/x/\xc3\xa9.py", -1, "f"}, {"??", 0, ""}})) ==
          3867538767603338950);
}

TEST_CASE("The content hash depends on texts and order, not on ids", "[stack_class]") {
    Symbols one;
    Symbols two;
    intern(two, {{"other", 9, "first"}});
    const std::vector<SampleFrame> frames{{"a.py", 1, "f"}, {"b.py", 2, "g"}};
    CHECK(stack_content_hash(one, intern(one, frames)) == stack_content_hash(two, intern(two, frames)));
    const StackId reversed = intern(one, {{"b.py", 2, "g"}, {"a.py", 1, "f"}});
    CHECK(stack_content_hash(one, intern(one, frames)) != stack_content_hash(one, reversed));
    CHECK(stack_content_hash(one, intern(one, {{"ab", 1, "c"}})) !=
          stack_content_hash(one, intern(one, {{"a", 1, "bc"}})));
}

TEST_CASE("Beyond a number of bytes, the content hash is that of the hashes of the frames", "[stack_class]") {
    Symbols symbols;
    const std::vector<SampleFrame> frames{{"a.py", 1, "f"}, {"b.py", 2, std::string(1000, 'g')}};
    const StackId stack = intern(symbols, frames);
    const StackId other = intern(symbols, {{"a.py", 1, "f"}, {"b.py", 3, "h"}});
    const StackId both = symbols.intern_stack(stack, other);
    const StackId swapped = symbols.intern_stack(other, stack);
    StackHasher hasher(symbols, 1500);
    CHECK(hasher.hash(stack) == stack_content_hash(symbols, stack));
    CHECK(hasher.hash(both) != stack_content_hash(symbols, both));  // 1000 bytes more
    CHECK(hasher.hash(stack) != stack_content_hash(symbols, stack));
    CHECK(hasher.hash(both) != hasher.hash(swapped));
    CHECK(hasher.hash(both) != hasher.hash(stack));
    CHECK(hasher.hash(intern(symbols, {})) == stack_content_hash(symbols, intern(symbols, {})));
    Symbols again;
    intern(again, {{"other", 9, "first"}});
    StackHasher used_up(again, 0);
    CHECK(used_up.hash(intern(again, frames)) == hasher.hash(stack));
}

TEST_CASE("Texts of a class are one byte longer than asked for, if they are longer", "[stack_class]") {
    Symbols symbols;
    StackClassifier classifier(symbols);
    const std::string name(1000, 'f');
    const StackId stack = intern(
        symbols, {{"??", 0, "at::_ops::" + name + "::call(x)"}, {"/home/ada/" + name + ".py", 7, name}});
    const StackClass cut = classifier.classify(stack, 100);
    CHECK(cut.site == ("/home/ada/" + name).substr(0, 101));
    CHECK(cut.op == name.substr(0, 101));
    CHECK(classifier.classify(stack).site == "/home/ada/" + name + ".py:7 " + name);
    CHECK(classifier.classify(intern(symbols, {{"/home/ada/a.py", 7, "f"}}), 100).site ==
          "/home/ada/a.py:7 f");
    const StackId forward = intern(symbols, {{"/home/ada/" + name + ".py", 7, name}});
    const StackId backward = symbols.intern_stack(StackId(), forward);
    CHECK(classifier.classify(backward, 100).site == ("[backward of] /home/ada/" + name).substr(0, 101));
}

TEST_CASE("a stack without a site has the site of its forward stack, marked") {
    Symbols symbols;
    const StackId forward =
        intern(symbols, {{"/home/ada/model.py", 42, "forward"}, {"train.py", 5, "<module>"}});
    const StackId engine = intern(symbols, {{"??", 0, "torch::autograd::generated::MmBackward0::apply(x)"}});
    const StackId python = intern(symbols, {{"/home/ada/function.py", 9, "backward"}});
    const auto classified = [&](StackId stack) {
        const StackId both = symbols.intern_stack(stack, forward);
        CHECK(symbols.forward_of(both) == forward);
        CHECK(stack_content_hash(symbols, both) != stack_content_hash(symbols, forward));
        return classify_stack(symbols, both);
    };
    const StackClass without_frames = classified(StackId());
    CHECK(without_frames.site == "[backward of] /home/ada/model.py:42 forward");
    CHECK(without_frames.kind == StackKind::forward);
    CHECK(text_of(symbols, without_frames.site_frame) == "/home/ada/model.py:42 forward");
    CHECK(classified(engine).site == "[backward of] /home/ada/model.py:42 forward");
    CHECK(classified(engine).kind == StackKind::cpp);
    CHECK(classified(engine).backward_node == "MmBackward0");
    CHECK(classified(python).site == "/home/ada/function.py:9 backward");
    CHECK(symbols.depth(symbols.intern_stack(engine, forward)) == 1);
    CHECK(symbols.forward_of(engine).is_none());
}
