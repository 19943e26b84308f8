#include "words.h"

#include "words_ar.h"
#include "words_de.h"
#include "words_en.h"
#include "words_es.h"
#include "words_fr.h"

/* CLDR's categories for Arabic: zero, one, two, few, many, other. */
static unsigned form_arabic(uint64_t n)
{
	if (n <= 2)
		return (unsigned)n;
	if (n % 100 >= 3 && n % 100 <= 10)
		return 3;
	return n % 100 >= 11 ? 4 : 5;
}

/* CLDR's for French: none and one alike. */
static unsigned form_french(uint64_t n)
{
	return n > 1;
}

static const struct words languages[] = {
	{.language = "en",
	 .thousands = ",",
	 .decimal = ".",
	 .percent = "\xc2\xa0%",
	 .texts = words_en_texts,
	 .at = words_en_at},
	{.language = "ar",
	 .thousands = ",",
	 .decimal = ".",
	 .percent = "%",
	 .form = form_arabic,
	 .texts = words_ar_texts,
	 .at = words_ar_at},
	{.language = "de",
	 .thousands = ".",
	 .decimal = ",",
	 .percent = "\xc2\xa0%",
	 .texts = words_de_texts,
	 .at = words_de_at},
	{.language = "es",
	 .thousands = "\xe2\x80\xaf",
	 .decimal = ",",
	 .percent = "\xc2\xa0%",
	 .texts = words_es_texts,
	 .at = words_es_at},
	{.language = "fr",
	 .thousands = "\xe2\x80\xaf",
	 .decimal = ",",
	 .percent = "\xe2\x80\xaf%",
	 .form = form_french,
	 .texts = words_fr_texts,
	 .at = words_fr_at},
};
#define N_LANGUAGES (sizeof languages / sizeof languages[0])

/* Of a language tag, in lower case. */
static bool first_subtag_is(struct bytes tag, const char *subtag)
{
	const struct bytes wanted = bytes_from_text(subtag);

	if (tag.len < wanted.len || (tag.len > wanted.len && tag.data[wanted.len] != '-'))
		return false;
	for (size_t i = 0; i < wanted.len; i++)
		if ((tag.data[i] | 0x20) != wanted.data[i])
			return false;
	return true;
}

const struct words *words_for(struct bytes language)
{
	for (size_t i = 0; i < N_LANGUAGES; i++)
		if (first_subtag_is(language, languages[i].language))
			return &languages[i];
	return &languages[0];
}

const char *words_text(const struct words *words, enum word word, uint64_t n)
{
	const char *texts = words->texts + words->at[word];
	unsigned form = words->form ? words->form(n) : n != 1;

	if (texts[0] == 0) {
		texts = words_en_texts + words_en_at[word];
		form = n != 1;
	}
	/* Behind the number of its forms stand the forms; the last is for every other number. */
	const unsigned n_forms = (unsigned)texts[0];
	texts++;
	for (unsigned i = 0; i < form && i + 1 < n_forms; i++)
		while (*texts++ != '\0')
			;
	return texts;
}

struct bytes words_language_name(struct bytes language)
{
	static const struct {
		const char *tag, *name;
	} names[] = {
		{"ar", "العربية"},    {"bg", "Български"},   {"bn", "বাংলা"},
		{"cs", "Čeština"},    {"cy", "Cymraeg"},     {"da", "Dansk"},
		{"de", "Deutsch"},    {"el", "Ελληνικά"},    {"en", "English"},
		{"es", "Español"},    {"et", "Eesti"},       {"eu", "Euskara"},
		{"fa", "فارسی"},      {"fi", "Suomi"},       {"fr", "Français"},
		{"ga", "Gaeilge"},    {"he", "עברית"},       {"hi", "हिन्दी"},
		{"hr", "Hrvatski"},   {"hu", "Magyar"},      {"id", "Indonesia"},
		{"it", "Italiano"},   {"ja", "日本語"},      {"ka", "ქართული"},
		{"ko", "한국어"},     {"lt", "Lietuvių"},    {"lv", "Latviešu"},
		{"nl", "Nederlands"}, {"no", "Norsk"},       {"pl", "Polski"},
		{"pt", "Português"},  {"ro", "Română"},      {"ru", "Русский"},
		{"sk", "Slovenčina"}, {"sl", "Slovenščina"}, {"sr", "Српски"},
		{"sv", "Svenska"},    {"sw", "Kiswahili"},   {"tr", "Türkçe"},
		{"uk", "Українська"}, {"ur", "اردو"},        {"vi", "Tiếng Việt"},
		{"zh", "中文"},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (first_subtag_is(language, names[i].tag))
			return bytes_from_text(names[i].name);
	return language;
}

bool words_is_right_to_left(struct bytes language)
{
	static const char *const tags[] = {"ar", "arc", "ckb", "dv", "fa", "he", "iw",  "ji",
					   "ks", "ps",  "sd",  "ug", "ur", "yi", "nqo", "syr"};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (first_subtag_is(language, tags[i]))
			return true;
	return false;
}
