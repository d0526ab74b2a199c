// Bytes that come in pieces of any size mean what they mean as a whole, errors included.
#include "fuzz/target.hpp"
#include "input/sniff.hpp"
#include "support/decoding.hpp"

namespace {

using snapq::tests::Form;
using snapq::tests::Lines;

Lines meaning(Form form, const std::string& bytes, std::size_t piece) {
    Lines lines;
    try {
        lines = snapq::tests::lines_of(form, bytes, piece);
    } catch (const snapq::InputError& error) {
        lines = {error.what()};
    }
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes = snapq::fuzz::text_of(data, size);
    const bool is_json = snapq::input::sniff(bytes.substr(0, snapq::input::k_sniff_bytes)).kind ==
                         snapq::input::FileKind::json;
    const Form form = is_json ? Form::json : Form::pickle;
    const Lines whole = meaning(form, bytes, snapq::tests::k_whole);
    for (const std::size_t piece : {1U, 7U, 4096U}) {
        snapq::fuzz::require(meaning(form, bytes, piece) == whole, "the size of pieces does not matter");
    }
    return 0;
}
