#include "page/definitions.hpp"

#include <array>

namespace snapq::page {
namespace {

constexpr std::array k_definitions{
    Definition{"allocation", "A tensor's memory, from the request to its return to the allocator."},
    Definition{"requested_bytes", "Bytes that the program asked for and has not given back."},
    Definition{"allocated_bytes", "Bytes of the blocks that serve the requests, after rounding up."},
    Definition{"reserved_bytes", "Bytes that PyTorch's allocator holds from the driver, used or not."},
    Definition{"rounding_bytes", "Bytes that blocks are larger than their requests."},
    Definition{"cached_bytes",
               "Bytes of segments in which nothing is live; the allocator can give them back."},
    Definition{"stranded_bytes",
               "Free bytes in segments that also have live memory, so they cannot be given back."},
    Definition{"pending_bytes", "Bytes that the program has freed and another stream may still use."},
    Definition{"unfreed_bytes", "Bytes that were requested in the recording and not freed in it."},
    Definition{"preexisting_bytes", "Bytes that were allocated before the recording began."},
    Definition{"event",
               "An entry of the recording; events are numbered from 0, and -1 is the state before them."},
    Definition{"peak", "The moment with the most requested bytes."},
    Definition{"reserved-peak", "The moment with the most reserved bytes."},
    Definition{"start", "The state before the first event."},
    Definition{"end", "The state after the last event."},
    Definition{"oom", "The moment of an allocation that failed because memory was lacking."},
    Definition{"site",
               "The innermost line of the program, or of a package it uses, that led to an allocation."},
    Definition{"user-frame", "The innermost line of the program itself, outside all installed packages."},
    Definition{"op", "The PyTorch operator that made an allocation."},
    Definition{"function", "The function of the site."},
    Definition{"file", "The file of the site."},
    Definition{"node", "The node of the autograd graph in whose backward pass an allocation was made."},
    Definition{"phase", "The part of a training step in which an allocation was made."},
    Definition{"category", "What the memory is for, such as parameters, gradients or activations."},
    Definition{"stream",
               "The queue of the device for which the memory was requested; others cannot reuse it."},
    Definition{"pool", "A part of the allocator's memory that other pools cannot use."},
    Definition{"segment",
               "A piece of memory that the allocator got from the driver and divides into blocks."},
    Definition{"step", "One round of the training loop."},
    Definition{"span", "A part of the recording that the program annotated."},
    Definition{"complete", "Whether the recording has all events; without some, peaks are lower bounds."}};

}  // namespace

std::span<const Definition> definitions() {
    return k_definitions;
}

}  // namespace snapq::page
