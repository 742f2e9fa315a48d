// SPDX-License-Identifier: MIT
// Written by hand: the format needs two of protobuf's wire types and a dozen fields, which is less than what
// its compiler, its generated code and its library of 3 MB would add to a client that runs on every host.
#include "base/clock.h"
#include "cli/profile/formats.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <zlib.h>

namespace slotscope::cli::profile {

namespace {

// A message of Protocol Buffers (protobuf.dev/programming-guides/encoding): integers as varints, and bytes,
// texts and messages with their length before them.
class Message {
  public:
    void number(unsigned field, std::uint64_t value)
    {
        varint(field << 3U);
        varint(value);
    }
    void bytes(unsigned field, std::string_view value)
    {
        varint(field << 3U | 2U);
        varint(value.size());
        code_ += value;
    }
    void message(unsigned field, const Message& value) { bytes(field, value.code_); }
    const std::string& code() const { return code_; }

  private:
    void varint(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7U)
            code_ += static_cast<char>(value | 0x80U);
        code_ += static_cast<char>(value);
    }

    std::string code_;
};

// Numbers of the fields, by message.
enum ProfileField : unsigned {
    kSampleType = 1,
    kSample = 2,
    kMapping = 3,
    kLocation = 4,
    kFunction = 5,
    kStringTable = 6,
    kTime = 9,
    kDuration = 10,
    kPeriodType = 11,
    kPeriod = 12,
    kComment = 13,
};
enum ValueTypeField : unsigned { kType = 1, kUnit = 2 };
enum SampleField : unsigned { kLocationId = 1, kValue = 2 };
enum MappingField : unsigned { kMappingId = 1, kFilename = 5, kHasFunctions = 7 };
enum LocationField : unsigned { kId = 1, kMappingOf = 2, kLine = 4 };
enum LineField : unsigned { kFunctionId = 1 };
enum FunctionField : unsigned { kFunctionsId = 1, kName = 2 };

constexpr std::uint64_t kOnlyMapping = 1;

std::uint64_t nanoseconds(double seconds)
{
    return static_cast<std::uint64_t>(std::llround(std::max(seconds, 0.0) * kNanoseconds));
}

// Texts are written once and named by their number; the first must be empty.
class Texts {
  public:
    std::uint64_t operator[](const std::string& text)
    {
        const auto [place, is_new] = numbers_.try_emplace(text, numbers_.size());
        if (is_new)
            all_.bytes(kStringTable, text);
        return place->second;
    }
    const Message& all() const { return all_; }

  private:
    Message all_;
    std::map<std::string, std::uint64_t> numbers_;
};

Message value_type(Texts& texts, const std::string& type)
{
    Message message;
    message.number(kType, texts[type]);
    message.number(kUnit, texts["nanoseconds"]);
    return message;
}

// A frame's place in the "program" is its name: one function and one location for each.
std::uint64_t location_of(const std::string& frame, Texts& texts, Message& whole,
                          std::map<std::string, std::uint64_t>& known)
{
    const auto [place, is_new] = known.try_emplace(frame, known.size() + 1);
    const std::uint64_t id = place->second;
    if (!is_new)
        return id;
    Message function;
    function.number(kFunctionsId, id);
    function.number(kName, texts[frame]);
    whole.message(kFunction, function);
    Message line;
    line.number(kFunctionId, id);
    Message location;
    location.number(kId, id);
    location.number(kMappingOf, kOnlyMapping);
    location.message(kLine, line);
    whole.message(kLocation, location);
    return id;
}

std::string gzipped(const std::string& raw)
{
    constexpr int kGzip = 16; // added to the window's bits: with gzip's header
    z_stream stream{};
    if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL,
                       Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc(); // the only reason that there is
    std::string packed(::deflateBound(&stream, raw.size()), '\0');
    std::string input = raw; // zlib takes no const
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&stream, Z_FINISH); // all at once: deflateBound is room enough
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    return packed;
}

} // namespace

std::string pprof(const Profile& profile)
{
    Texts texts;
    texts[""];
    Message whole;
    whole.message(kSampleType, value_type(texts, "slots"));
    Message mapping; // without one readers look for a program to take names from
    mapping.number(kMappingId, kOnlyMapping);
    mapping.number(kFilename, texts["slotscope"]);
    mapping.number(kHasFunctions, 1);
    whole.message(kMapping, mapping);
    std::map<std::string, std::uint64_t> known;
    for (const Stack& stack : profile.stacks) {
        Message sample;
        for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame) // the leaf first
            sample.number(kLocationId, location_of(*frame, texts, whole, known));
        sample.number(kValue, nanoseconds(stack.slot_seconds));
        whole.message(kSample, sample);
    }
    whole.number(kTime, nanoseconds(profile.began));
    whole.number(kDuration, nanoseconds(profile.seconds));
    whole.message(kPeriodType, value_type(texts, "looks"));
    whole.number(kPeriod,
                 nanoseconds(profile.looks == 0 ? 0 : profile.seconds / static_cast<double>(profile.looks)));
    whole.number(kComment, texts["slot-seconds by backend, process, call and what it waits for"]);
    return gzipped(whole.code() + texts.all().code());
}

} // namespace slotscope::cli::profile
