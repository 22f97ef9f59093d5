// SPDX-License-Identifier: MIT
#include <fmt/format-inl.h>

// fmt, compiled once and linked in: its shared library's soname differs between releases, and
// header-only every file would compile the formatting of numbers anew. These are the templates
// that fmt's headers only declare; a missing one is an error of the linker.
FMT_BEGIN_NAMESPACE
namespace detail {

template FMT_API dragonbox::decimal_fp<float> dragonbox::to_decimal(float x) noexcept;
template FMT_API dragonbox::decimal_fp<double> dragonbox::to_decimal(double x) noexcept;
template FMT_API thousands_sep_result<char> thousands_sep_impl(locale_ref);
template FMT_API char decimal_point_impl(locale_ref);
template FMT_API void buffer<char>::append(const char*, const char*);
#if FMT_VERSION / 10000 == 10
template FMT_API void vformat_to(buffer<char>&, string_view, vformat_args<>::type, locale_ref);
#endif

}  // namespace detail
FMT_END_NAMESPACE
