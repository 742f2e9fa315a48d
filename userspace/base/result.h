// SPDX-License-Identifier: MIT
// Errors as values: no exception crosses a folder. (C++20 has no std::expected.)
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace slotscope {

// What happened, to what, and what to do next; written for a person.
struct Error {
    std::string message;
    int code = 0; // errno where one was involved, else 0
};

// Either a value or an Error. Ask ok() (or the object itself) before value().
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value)
        : state_(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : state_(std::in_place_index<1>, std::move(error))
    {
    }

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const Error& error() const { return std::get<1>(state_); }

    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error)
        : error_(std::move(error))
        , ok_(false)
    {
    }

    bool ok() const { return ok_; }
    explicit operator bool() const { return ok_; }
    const Error& error() const { return error_; }

  private:
    Error error_;
    bool ok_ = true;
};

// An Error from errno: "WHAT: strerror(code)", and the code itself.
Error system_error(std::string what, int code);

} // namespace slotscope
