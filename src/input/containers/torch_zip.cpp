// The zip files of torch.save.
#include <utility>

#include "input/container.hpp"
#include "input/torch_save.hpp"

namespace snapq::input {
namespace {

using namespace std::string_view_literals;

// Any zip file. If torch.save did not write it, the error says what it is.
bool begins_torch_zip(std::string_view head) {
    return head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv);
}

Unpacked open_torch_zip(Packed packed) {
    if (!packed.file)
        return {open_streamed_torch_pickle(std::move(packed.window), packed.context, packed.guard)};
    TorchPickle pickle = open_torch_pickle(packed.file, packed.context, packed.guard);
    if (!pickle.is_stored) return {std::move(pickle.bytes)};
    return {std::move(pickle.bytes), pickle.data_offset};
}

}  // namespace

extern const Container k_torch_zip;
const Container k_torch_zip{"torch-zip", begins_torch_zip, open_torch_zip};

}  // namespace snapq::input
