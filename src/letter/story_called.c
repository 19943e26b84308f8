/* What a letter calls those whom its poll asked: words for everybody, in the page's languages. */
#include "story_parts.h"

/* A line is one word in all its forms, separated by `|`. A claim with one of a line's forms says
 * more than the poll if the population has none of them: a poll of voters is cited as one of
 * "Americans", of customers as one of "the public". */
static const char *const english[] = {
	"public",   "people",   "everybody", "everyone", "citizens",  "population", "nation",
	"country",  "voters",   "residents", "adults",   "society",   "community",  "workers",
	"students", "families", "taxpayers", "majority", "americans", NULL,
};

static const char *const german[] = {
	"öffentlichkeit",
	"bevölkerung",
	"volk|volkes|volks",
	"leute|leuten",
	"menschen",
	"alle|allen|aller",
	"jeder|jede|jedem|jeden|jedermann",
	"bürger|bürgern|bürgerinnen|bürger:innen|bürger*innen",
	"nation",
	"land|landes|lande",
	"wähler|wählern|wählerinnen|wähler:innen|wähler*innen|wählerschaft",
	"einwohner|einwohnern|einwohnerinnen|einwohnerschaft",
	"erwachsene|erwachsenen",
	"gesellschaft",
	"gemeinschaft",
	"arbeitnehmer|arbeitnehmern|arbeitnehmerinnen",
	"beschäftigte|beschäftigten",
	"studierende|studierenden|studenten|studentinnen",
	"familien",
	"steuerzahler|steuerzahlern|steuerzahlerinnen",
	"mehrheit",
	"deutsche|deutschen",
	NULL,
};

static const char *const french[] = {
	"public",
	"opinion publique",
	"gens",
	"peuple",
	"tout le monde",
	"tous|toutes",
	"chacun|chacune",
	"citoyens|citoyennes",
	"population",
	"nation",
	"pays",
	"électeurs|électrices",
	"habitants|habitantes",
	"résidents|résidentes",
	"adultes",
	"société",
	"communauté",
	"travailleurs|travailleuses",
	"salariés|salariées",
	"étudiants|étudiantes",
	"familles",
	"contribuables",
	"majorité",
	"français|françaises",
	NULL,
};

static const char *const spanish[] = {
	"público",
	"opinión pública",
	"gente",
	"pueblo",
	"todo el mundo",
	"todos|todas",
	"ciudadanos|ciudadanas|ciudadanía",
	"población",
	"nación",
	"país",
	"votantes",
	"electores|electoras|electorado",
	"habitantes",
	"vecinos|vecinas",
	"residentes",
	"adultos|adultas",
	"sociedad",
	"comunidad",
	"trabajadores|trabajadoras",
	"estudiantes",
	"familias",
	"contribuyentes",
	"mayoría",
	"españoles|españolas",
	NULL,
};

/* With the article and what is written together with it. */
static const char *const arabic[] = {
	"الرأي العام|للرأي العام|والرأي العام",
	"الجمهور|للجمهور|والجمهور|جمهور",
	"الناس|للناس|والناس",
	"الجميع|للجميع|والجميع",
	"المواطنون|المواطنين|للمواطنين|والمواطنين|والمواطنون|مواطنون|مواطنين",
	"السكان|للسكان|والسكان|سكان",
	"الشعب|للشعب|والشعب",
	"الأمة|للأمة|والأمة",
	"البلد|البلاد|للبلاد",
	"الناخبون|الناخبين|للناخبين|والناخبين|ناخبون|ناخبين",
	"المقيمون|المقيمين|للمقيمين|مقيمون|مقيمين",
	"البالغون|البالغين|للبالغين|بالغون|بالغين",
	"المجتمع|للمجتمع|والمجتمع",
	"العمال|للعمال|والعمال|عمال",
	"العاملون|العاملين|للعاملين|عاملون|عاملين",
	"الطلاب|الطلبة|للطلاب|للطلبة|طلاب|طلبة",
	"الأسر|العائلات|للأسر|للعائلات|أسر|عائلات",
	"دافعو الضرائب|دافعي الضرائب",
	"الأغلبية|أغلبية|الأكثرية|أكثرية|الغالبية|غالبية",
	NULL,
};

static const struct {
	uint8_t tag[2];
	const char *const *words;
} languages[] = {{"ar", arabic}, {"de", german}, {"en", english}, {"es", spanish}, {"fr", french}};

/* Those of a tag's first subtag; the English ones if there are none. */
static const char *const *words_of(struct bytes tag)
{
	for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
		if (tag.len >= 2 && (tag.len == 2 || tag.data[2] == '-') &&
		    (tag.data[0] | 0x20) == languages[i].tag[0] &&
		    (tag.data[1] | 0x20) == languages[i].tag[1])
			return languages[i].words;
	return english;
}

/* A byte of a text in small letters: those of ASCII, and À to Þ, which are c3 and 80 to 9e. */
static uint8_t small(struct bytes text, size_t i)
{
	const uint8_t byte = text.data[i];

	if (byte >= 'A' && byte <= 'Z')
		return (uint8_t)(byte + 'a' - 'A');
	return i > 0 && text.data[i - 1] == 0xc3 && byte >= 0x80 && byte <= 0x9e && byte != 0x97
		       ? (uint8_t)(byte + 0x20)
		       : byte;
}

/* Whether a letter begins here. What is not ASCII is one, but for the marks of U+0080 to U+00BF,
 * U+2000 to U+206F, and the Arabic comma, semicolon and question mark. */
static bool is_letter(struct bytes text, size_t i)
{
	const uint8_t byte = text.data[i];
	const uint8_t next = i + 1 < text.len ? text.data[i + 1] : 0;

	if (byte < 0x80)
		return small(text, i) >= 'a' && small(text, i) <= 'z';
	if (byte == 0xd8)
		return next != 0x8c && next != 0x9b && next != 0x9f;
	return byte != 0xc2 && !(byte == 0xe2 && (next == 0x80 || next == 0x81));
}

static bool ends_a_word(struct bytes text, size_t i)
{
	if (i == 0)
		return true;
	for (i--; i > 0 && (text.data[i] & 0xc0) == 0x80;)
		i--;
	return !is_letter(text, i);
}

/* Where needle stands in text as whole words, without regard to case; text.len if it does not. */
static size_t find_words(struct bytes text, struct bytes needle)
{
	for (size_t i = 0; needle.len > 0 && i + needle.len <= text.len; i++) {
		size_t n = 0;

		while (n < needle.len && small(text, i + n) == small(needle, n))
			n++;
		if (n == needle.len && ends_a_word(text, i) &&
		    (i + n == text.len || !is_letter(text, i + n)))
			return i;
	}
	return text.len;
}

/* The next form of a line; false after the last. */
static bool next_form(struct bytes *rest, struct bytes *out)
{
	size_t len = 0;

	while (len < rest->len && rest->data[len] != '|')
		len++;
	*out = bytes_part(*rest, 0, len);
	*rest = bytes_part(*rest, len < rest->len ? len + 1 : len,
			   rest->len - (len < rest->len ? len + 1 : len));
	return len > 0;
}

/* Where the first of a line's forms is found; false if none is. */
static bool find_form(struct bytes *out, struct bytes text, const char *line)
{
	struct bytes rest = bytes_from_text(line);
	struct bytes form;

	while (next_form(&rest, &form)) {
		const size_t at = find_words(text, form);

		if (at < text.len) {
			*out = bytes_part(text, at, form.len);
			return true;
		}
	}
	return false;
}

bool story_find_called(struct bytes *out, const struct story_text *citation, struct bytes language)
{
	const struct bytes population = story_value(citation, "population");
	const struct bytes claim = story_value(citation, "claim");
	const struct bytes called = story_value(citation, "called");
	const char *const *words = words_of(language);
	struct bytes of_population;

	*out = called;
	if (called.len > 0)
		return find_words(population, called) == population.len;
	for (; *words; words++)
		if (find_form(out, claim, *words) && !find_form(&of_population, population, *words))
			return true;
	*out = (struct bytes){0};
	return false;
}
