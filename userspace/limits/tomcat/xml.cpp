// SPDX-License-Identifier: MIT
#include "limits/tomcat/xml.h"

#include <algorithm>

namespace slotscope::limits::tomcat {
namespace {

constexpr std::size_t kMostElements = 20'000;
constexpr int kDeepest = 64;
constexpr std::string_view kSpace = " \t\r\n";

constexpr std::pair<std::string_view, char> kEntities[] = {
    {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

std::string without_entities(std::string_view text)
{
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto entity = std::find_if(std::begin(kEntities), std::end(kEntities), [&](const auto& each) {
            return text.substr(at, each.first.size()) == each.first;
        });
        if (entity == std::end(kEntities)) {
            result += text[at];
            continue;
        }
        result += entity->second;
        at += entity->first.size() - 1;
    }
    return result;
}

class Parser {
  public:
    explicit Parser(std::string_view text)
        : text_(text)
    {
    }

    Elements parse()
    {
        while (result_.wrong.empty() && find_next())
            read_tag();
        if (result_.wrong.empty() && !open_.empty())
            fail("the file ends within <" + open_.back() + ">");
        return std::move(result_);
    }

  private:
    void fail(std::string why)
    {
        if (!result_.wrong.empty())
            return;
        result_.wrong = std::move(why);
        result_.line = line_;
    }

    void advance(std::size_t to)
    {
        to = std::min(to, text_.size());
        line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                             text_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
        at_ = to;
    }

    bool find_next()
    {
        const auto next = text_.find('<', at_);
        advance(next == std::string_view::npos ? text_.size() : next);
        return at_ < text_.size();
    }

    // Behind END; a failure where it does not come.
    void skip_past(std::string_view end)
    {
        const auto found = text_.find(end, at_);
        if (found == std::string_view::npos)
            return fail("something begins here and has no " + std::string(end));
        advance(found + end.size());
    }

    void read_tag()
    {
        const std::string_view rest = text_.substr(at_);
        if (rest.starts_with("<!--"))
            return skip_past("-->");
        if (rest.starts_with("<![CDATA["))
            return skip_past("]]>");
        if (rest.starts_with("<?"))
            return skip_past("?>");
        if (rest.starts_with("<!"))
            return fail("a document type is not followed: its entities may be anything");
        if (rest.starts_with("</"))
            return close();
        open();
    }

    std::string word()
    {
        const auto end = std::min(text_.find_first_of(" \t\r\n=/><\"'", at_), text_.size());
        std::string result(text_.substr(at_, end - at_));
        advance(end);
        return result;
    }

    void skip_space() { advance(std::min(text_.find_first_not_of(kSpace, at_), text_.size())); }

    void close()
    {
        advance(at_ + 2);
        const std::string name = word();
        if (open_.empty() || open_.back() != name)
            return fail("</" + name + "> does not fit what is open");
        open_.pop_back();
        skip_past(">");
    }

    void open()
    {
        Element element;
        element.line = line_;
        element.depth = static_cast<int>(open_.size());
        advance(at_ + 1);
        element.name = word();
        if (element.name.empty() || element.depth > kDeepest || result_.list.size() >= kMostElements)
            return fail(element.name.empty() ? "a < without a name" : "too many elements");
        for (;;) {
            skip_space();
            if (at_ == text_.size())
                return fail("the file ends within <" + element.name);
            if (text_[at_] == '>' || text_.substr(at_, 2) == "/>")
                break;
            if (!read_attribute(element))
                return fail("an attribute of <" + element.name + "> is not NAME=\"VALUE\"");
        }
        if (text_[at_] == '>')
            open_.push_back(element.name);
        advance(at_ + (text_[at_] == '>' ? 1 : 2));
        result_.list.push_back(std::move(element));
    }

    bool read_attribute(Element& element)
    {
        std::string name = word();
        skip_space();
        if (name.empty() || at_ == text_.size() || text_[at_] != '=')
            return false;
        advance(at_ + 1);
        skip_space();
        if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
            return false;
        const auto end = text_.find(text_[at_], at_ + 1);
        if (end == std::string_view::npos)
            return false;
        element.attributes.emplace_back(std::move(name),
                                        without_entities(text_.substr(at_ + 1, end - at_ - 1)));
        advance(end + 1);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<std::string> open_;
    Elements result_;
};

} // namespace

const std::string* Element::find(std::string_view attribute) const
{
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [&](const auto& each) { return each.first == attribute; });
    return found == attributes.end() ? nullptr : &found->second;
}

Elements parse_elements(std::string_view text)
{
    return Parser(text).parse();
}

} // namespace slotscope::limits::tomcat
