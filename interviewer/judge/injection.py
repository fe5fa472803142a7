"""Finds text that speaks to the grader instead of answering: orders, fake verdicts, delimiters, in many languages.

The embedded judge obeys nobody; the point is that such text earns nothing, is flagged, and leaves the score of
the honest rest as it was. A model judge is shown the same cleaned text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from interviewer.judge.cleaning import CleanText
from interviewer.judge.words import stem, stems

_GRADER = r"(?:graders?|examiners?|evaluators?|assessors?|interviewers?|reviewers?|judges?|scorers?|markers?|ai|llm|(?:language )?model|assistant|chatbot|bot|gpt|system)"
_WORK = r"(?:answer|response|submission|candidate|applicant|interviewee|solution|attempt|essay|transcript|student)"
_BEST = (
    r"(?:full|max|maximum|maximal|perfect|top|highest|best|complete|flawless|excellent|strong hire|hire"
    r"|100\s?%?|10\s?/\s?10|5\s?/\s?5|4\s?/\s?4|1\.0+|band 4|a\+|pass(?:ed|ing)?)"
)
_MARKS = r"(?:marks?|credits?|points?|scores?|grades?|ratings?|verdicts?|bands?)"

_ENGLISH = rf"""
(?:ignore|disregard|forget|override|overrule|bypass|discard|neglect|drop|cancel)\b[^.\n]{{0,40}}\b(?:previous|prior|above|earlier|preceding|former|all|any|your|these|those|other|every|the)\b[^.\n]{{0,30}}\b(?:instructions?|prompts?|directions?|directives?|guidelines?|rubrics?|system message|grading|scoring|rules|criteria|orders|context|everything)\b
(?:ignore|disregard|forget)\s+(?:everything|anything|all|what)\b[^.\n]{{0,25}}\b(?:above|before|previous|previously|prior|said|told|so far|up to now)\b
(?:do not|don't|dont|never|stop|no need to|refrain from|without)\s+(?:follow|use|apply|grade|grading|evaluate|evaluating|score|scoring|judge|judging|assess|assessing|deduct|deducting|penali[sz]e|penali[sz]ing|compare|comparing)\b[^.\n]{{0,40}}\b(?:instructions?|rubric|criteria|{_WORK}|points?|marks?|me|grading|reference|guidelines?)\b
(?:give|award|assign|grant|allot|allocate|deserves?|earns?|receives?|merits?|gets?|output|return|report)\b[^.\n]{{0,40}}\b(?:full|maximum|max|top|perfect|highest|complete)\s+(?:possible\s+)?(?:marks?|credits?|points?)\b
(?:give|award|assign|grant|output|return|report|rate|score|grade|mark|set|record|evaluate|judge|consider|treat|accept|deem)\b[^.\n]{{0,30}}\b(?:me|myself|my|this|the|that)\b(?:\s+(?:{_WORK}|score|grade|verdict|rating|band))?[^.\n]{{0,30}}\b(?:as|with|at|to|a|an|the)\s+(?:{_BEST}|(?:fully\s+)?(?:met|correct|satisfied|satisfactory))\b(?:\s+{_MARKS})?(?=[\s.!,;\"')\]]*(?:$|[.!,;\n]|and|for|in|on|because|since|regardless|no matter|out|overall|please))
(?:give|award|assign|grant|rate|score|grade|mark)\s+(?:me|my\s+{_WORK}|this\s+{_WORK}|the\s+(?:candidate|applicant|student|answer|submission|response)|it)\b[^.\n]{{0,40}}\b{_BEST}\b
(?:mark|set|label|return|output|report|treat|consider|count|deem|declare|score|rate|grade)\b[^.\n]{{0,20}}\b(?:all|every|each|these|the)\b[^.\n]{{0,20}}\b(?:criteria|criterion|rubric|key points?|requirements?|checklist|items?)\b[^.\n]{{0,30}}\b(?:met|satisfied|fulfilled|passed|complete|completed|true|full|yes|correct)\b
(?:all|every|each)\b[^.\n]{{0,12}}\b(?:criteria|criterion|rubric items?|requirements)\b[^.\n]{{0,25}}\b(?:are|is|was|were|been|be|counts? as|as)\s+(?:\w+\s+)?(?:met|satisfied|fulfilled|passed)\b
\b(?:this|the|my|that)\s+{_WORK}\b[^.\n]{{0,20}}\b(?:meets|satisfies|fulfills|fulfils|covers|deserves|merits|earns|must receive|should receive|should get|must get|should be (?:rated|scored|graded|marked|given|awarded|considered)|must be (?:rated|scored|graded|marked|given|awarded|considered))\b[^.\n]{{0,40}}\b(?:criteria|criterion|rubric|{_MARKS}|{_BEST}|requirements)\b
\b(?:note|message|instructions?|attention|reminder|hint|memo|request|command|order|directive)s?\s*(?:to|for)\s*(?:the\s+|all\s+|any\s+|an?\s+|whatever\s+)?(?:automated\s+|automatic\s+|ai\s+|llm\s+|human\s+)?{_GRADER}\b
\b(?:dear|hello|hi|hey|attention|attn)[,:]?\s+(?:the\s+)?(?:ai\s+|automated\s+|automatic\s+|llm\s+)?(?:graders?|examiners?|evaluators?|assessors?|ai|llm|language model|assistant|chatbot|gpt|judge)\b
\b(?:to\s+)?(?:the\s+|whichever\s+|any\s+)?{_GRADER}\s+(?:that is\s+|which is\s+|who is\s+)?(?:evaluating|grading|scoring|assessing|judging|reviewing|reading)\s+(?:this|my|the)\b
\byou\s+are\s+(?:now\s+|no longer\s+|hereby\s+)?(?:a|an|the|in|my|bound|required)?\s*(?:\w+\s+){{0,3}}(?:grader|examiner|evaluator|assistant|judge|dan|developer mode|debug mode|jailbroken|unrestricted|lenient|generous|ai|llm|language model|chatbot)\b
\b(?:act|behave|respond|roleplay|role-play)\s+(?:as|like)\s+(?:if\s+)?(?:a|an|the|you|my)\s+(?:\w+\s+){{0,3}}(?:grader|examiner|evaluator|judge|assistant|teacher|dan|ai|had|were|are)\b
\b(?:pretend\s+(?:that\s+)?you|(?:pretend|imagine|assume|suppose)\s+(?:that\s+)?(?:this answer|my answer|the candidate (?:answered|gave|said|covered|is|has)|i (?:answered|gave|said|explained|covered)|you are (?:not|no longer) (?:a|an)))\b
(?:^|[.!?]\s+)(?:dear\s+)?(?:grader|examiner|evaluator|assessor)s?\s*,\s+
\b(?:assign|award|give|select|choose|pick)\s+(?:it\s+|me\s+|the\s+)?(?:band|grade|score|rating)\s*(?:of\s+)?(?:4|5|10|100|a\+?|1\.0)(?!\w)
\b(?:the\s+)?(?:interviewer|grader|examiner|hiring manager|committee|panel)\s+(?:has|have)\s+(?:already\s+)?(?:agreed|approved|confirmed|decided|said)\b[^.\n]{{0,40}}\b(?:pass|hire|full|score|marks|credit|me)\b
\b(?:the|this)\s+candidate\s+(?:clearly\s+|has\s+)?(?:demonstrate[sd]?|show(?:s|ed|n)|display(?:s|ed)|exhibit(?:s|ed))\s+(?:complete|full|perfect|outstanding|exceptional|excellent|deep|total)\b
\b(?:your|the)\s+(?:new|real|actual|updated|only|true|revised)\s+(?:task|job|instructions?|role|goal|objective|directive|rubric|orders?|system prompt)\b[^.\n]{{0,20}}(?:is|are|:|to\b|follows?)
\b(?:new|updated|revised|additional|special|hidden|secret|important|priority)\s+(?:system\s+)?(?:instructions?|directives?|system prompt|grading policy|grading rules?|scoring rules?)\s*(?:[:.\-]|follows?|for the|from the|is\b|are\b)
\b(?:the|this|grading|scoring|your)\s+(?:rubric|criteria|instructions|grading scheme|marking scheme|scoring|grading)\b[^.\n]{{0,15}}\b(?:has|have|is|are|was|were)\s+(?:now\s+|been\s+|all\s+)*(?:changed|updated|void|invalid|replaced|cancel\w*|suspended|outdated|superseded|overridden|irrelevant|not needed|disabled)\b
\b(?:reveal|print|show|repeat|output|leak|display|expose|tell me|give me)\s+(?:me\s+)?(?:your|the)\s+(?:system\s+|hidden\s+|full\s+|original\s+)*(?:prompt|instructions|rubric|grading criteria|scoring criteria|reference answer|model answer)\b
\b(?:respond|reply|answer|output|return|print|say|write|emit)\s+(?:only\s+|just\s+|exactly\s+|simply\s+|with\s+|the\s+(?:word|token|digit|letter|json|number)\s+)+["'“`{{\[]?(?:met|yes|true|pass|full|1(?:\.0+)?|100|4|5|10|a)\b["'”`}}\].!]*\s*(?:$|\n|for\b|to\b|regardless|and\b|in\b|as\b|no matter)
\b(?:system|admin|administrator|developer|debug|grader|root|sudo|emergency)\s+(?:override|mode|message|notice|command|update|alert)\s*(?:[:!\-]|enabled|activated|engaged|initiated)
\b(?:sudo|jailbreak|override code|begin override|enable developer mode|enter debug mode)\b[^.\n]{{0,40}}\b(?:grade|score|give|award|mode|instructions|grader|pass|full)\b
\b(?:the\s+)?(?:correct|expected|final|right|only acceptable|appropriate|required)\s+(?:output|verdict|score|grade|rating|band|assessment|evaluation)\s+(?:here\s+|for this \w+\s+)?(?:is|should be|must be|=|:)\s*["'“]?(?:{_BEST}|met|[345]\b|10\b|100\b|1\b)
\bas\s+(?:the|your|a)\s+(?:developer|administrator|admin|creator|owner|supervisor|examiner|hiring manager|lead grader|head grader|professor)\b[^.\n]{{0,40}}\b(?:i|we)\s+(?:order|instruct|authori[sz]e|confirm|command|approve|certify|require|request)\b
\b(?:i|we)\s+(?:hereby\s+)?(?:order|instruct|authori[sz]e|command)\s+(?:you|the (?:grader|ai|model|system|judge))\b
\b(?:grading|scoring|evaluation|assessment)\s+(?:is\s+)?(?:already\s+)?(?:complete|completed|finished|done|disabled|skipped|override)\b[\s:;,.\-–—]*(?:$|\n|the|all|full|score|result|verdict|met|pass)
"""

# What ends a turn in a chat, or pretends to. It is cut out by itself, and what stands around it is no one sentence.
_TAG = re.compile(
    r"""
    <[|/\s]{0,3}(?P<name>im_start|im_end|im_sep|system|assistant|user|endoftext|eot_id|start_header_id|end_header_id
      |begin_of_text|answer|candidate_answer|candidate|student_answer|instructions?|rubric|grading|grader|grade
      |evaluation|verdict|score|response|submission|end|eos|prompt|untrusted|input|s|think|thinking
      |(?:start|end)_of_\w{1,20}|(?:tool|function)_\w{1,20})[|\s]{0,2}>
    | <\|\w{1,30}\|>
    | \[/?(?:INST|SYS|SYSTEM|ASSISTANT|USER|END(?:[ ]OF)?[ ]?ANSWER|GRADER)\]
    | <</?SYS>>
    | (?P<comment><!--[^\n]*?(?:-->|$))
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_CLOSING = re.compile(r"[<\[]+\s?[|]?\s?(?:/|(?:im_)?end(?!_header)|eot|eos)", re.IGNORECASE)
_CANDIDATE_TAGS = frozenset(
    {
        "answer",
        "candidate_answer",
        "candidate",
        "student_answer",
        "response",
        "submission",
        "input",
        "user",
        "s",
    }
)

_MARKERS = r"""
(?:(?<![-=#*_~])[-=#*_~]{3,}+|(?<!")"{3}|(?<!')'{3})\s{0,8}+(?:the\s+)?(?:end|begin|start|new|system|instructions?|grader|evaluator)\b(?:\s+(?:of\s+)?(?:the\s+)?(?:answer|candidate|student|response|submission|input|data|text|transcript|instructions?|prompt|user|message|note|rubric|grading|system)\b)*
\b(?:end|beginning|start)\s+of\s+(?:the\s+|my\s+)?(?:candidate'?s?\s+|student'?s?\s+)?(?:answer|response|submission|transcript|user input|candidate text)\b(?=[\s.:\-=*#\]>)]*+(?:$|\n|(?-i:[A-Z])))
^[#*>\s]*+(?:system|assistant|developer|admin|administrator|grader|evaluator|examiner|judge|instructions?)\s*(?:message|prompt|note|notice|instruction|override|update)?\s*[\])]?\s*[:>][^\n]*\b(?:you|your|score|scores|scored|grade|grader|criteria|criterion|candidate|instructions?|met|override|ignore|verdict|evaluat\w+|marks?|credit|hire|award|pass)\b
"""

# A line that looks like the grader's own output.
_VERDICTS = r"""
["'](?:score|verdict|credit|band|criteria|criterion|grade|rating|evidence|assessment|passed|final_score|overall)["']\s*:\s*
^[\s#*>|`{\-(\["']*+(?:final\s+|overall\s+|my\s+|total\s+|your\s+|recommended\s+)?(?:verdict|score|grade|rating|band|credit|assessment|marks?|recommendation|evaluation|points)\s*(?:for\s+this\s+\w+\s*)?(?:[:=]|is|->|→)\s*["'*`]*(?:met|full\w*|pass(?:ed)?|perfect|strong hire|hire|excellent|outstanding|maximum|max|correct|a\+|\d+(?:\.\d+)?\s*(?:/|out of)\s*(?:4|5|10|100)(?!\w)|\d+(?:\.\d+)?\s*%|1(?:\.0+)?|[2-5](?:\.0)?|10|100)(?!\w)[^\n]{0,30}$
^[\s#*>|`\-(\["']*+(?:criterion|criteria|c|key point|item)\s{0,8}+[\w\-#]{0,40}\s{0,8}(?:[:=]|->|→|is|-)\s*["'*`]*(?:met|satisfied|fulfilled|full credit|passed)\b[^\n]{0,20}$
^[\s#*>|`\-(\["']*+[a-z0-9_\-]++\s*+(?:[:=]|->|→)\s*["'*`]*(?:met|full credit|full marks|strong hire)\b[\s"'*`.,;)!]*$
"""

_LANGUAGES = r"""
\b(?:ignorier\w*|missacht\w*|vergiss|vergessen sie|beachte\w* nicht)\b.{0,50}\b(?:anweisung\w*|instruktion\w*|regeln|vorgaben|anleitung\w*|kriterien|richtlinien)
\b(?:volle|maximale|höchste|beste|perfekte)n?r?s?\s+(?:punktzahl|punkte|note|bewertung|wertung)\b
\b(?:ignor\w+|oubli\w+|néglig\w+|ne\s+(?:tiens|tenez)\s+pas\s+compte)\b.{0,50}\b(?:instructions|consignes|règles|directives|critères)\b
\b(?:note|notes|score|points|mention)\s+(?:maximale?s?|maximum|parfaite?|complète|la plus (?:haute|élevée))\b
\b(?:ignor\w+|olvid\w+|omit\w+|descart\w+|haz caso omiso)\b.{0,50}\b(?:instrucciones|reglas|indicaciones|órdenes|criterios)\b
\b(?:puntuación|puntaje|nota|calificación|puntos)\s+(?:máxim[ao]s?|perfect[ao]|complet[ao]|total|más alt[ao])\b
\b(?:máxima|mejor|perfecta)\s+(?:puntuación|nota|calificación)\b
\b(?:ignor\w+|esque[cç]\w+|desconsider\w+)\b.{0,50}\b(?:instruções|regras|orientações|critérios)\b
\b(?:pontuação|nota|pontos)\s+(?:máxim[ao]s?|total|perfeit[ao]|complet[ao]|mais alta)\b
\b(?:ignor\w+|dimentic\w+|trascur\w+)\b.{0,50}\b(?:istruzioni|regole|direttive|criteri)\b
\b(?:punteggio|voto|valutazione|punti)\s+(?:massim[oa]|pien[oa]|perfett[oa]|complet[oa])\b|\bmassimo\s+(?:punteggio|dei voti)\b
\b(?:negeer|vergeet|sla\b.{0,20}over)\b.{0,50}\b(?:instructies|regels|aanwijzingen|opdrachten)\b|\b(?:maximale|volledige|hoogste)\s+(?:score|punten|cijfer|beoordeling)\b
\b(?:zignoruj\w*|ignoruj\w*|pomiń\w*|zapomnij\w*)\b.{0,50}\b(?:instrukcj\w*|polece\w*|zasad\w*)|\bmaksymaln\w+\s+(?:ocen\w*|punkt\w*|liczb\w*|wynik\w*)
(?:игнориру\w*|проигнориру\w*|забуд\w*|ігнору\w*|не обращай\w*).{0,50}(?:инструкц\w*|указан\w*|правил\w*|вказів\w*|інструкц\w*)|(?:максимальн\w*|высш\w*|наивысш\w*|полн\w*|найвищ\w*)\s+(?:балл?\w*|оценк\w*|оцінк\w*)
\b(?:talimat\w*|yönerge\w*|kural\w*)\b.{0,50}\b(?:yok say\w*|görmezden gel\w*|unut\w*|dikkate alma\w*)|\b(?:tam|en yüksek|maksimum)\s+(?:puan|not)\w*
\bignorera\b.{0,50}\b(?:instruktion\w*|regler\w*|anvisning\w*)|\b(?:full|högsta|maximal)\w*\s+(?:poäng|betyg)\w*
\bignor[eé]r\w*\b.{0,50}\b(?:instruk\w*|regler\w*|anvisning\w*)|\b(?:fulde?|højeste|høyeste|maksimal\w*)\s+(?:point|poeng|karakter|score)\w*
\b(?:ignoruj\w*|zapome\w*)\b.{0,50}\b(?:pokyn\w*|instrukc\w*|pravid\w*)|\b(?:plný|nejvyšší|maximální)\w*\s+(?:počet|hodnocen\w*|známk\w*|bod\w*)
\b(?:ignor\w+|uit\w+)\b.{0,50}\b(?:instrucțiun\w*|instructiun\w*|regul\w*)|\b(?:punctaj\w*|not[aăe])\s+maxim\w*
\b(?:bỏ qua|phớt lờ|quên)\b.{0,50}(?:hướng dẫn|chỉ dẫn|chỉ thị|quy tắc)|điểm\s+(?:tối đa|tuyệt đối|cao nhất)
\b(?:abaikan|lupakan)\b.{0,50}\b(?:instruksi|petunjuk|perintah|aturan|arahan)|\b(?:nilai|skor|markah)\s+(?:penuh|maksimal|maksimum|sempurna|tertinggi)
(?:αγνόησ\w*|ξέχασ\w*|αγνοήστε).{0,50}(?:οδηγί\w*|εντολ\w*|κανόν\w*)|(?:μέγιστ\w*|άριστ\w*)\s+(?:βαθμ\w*|βαθμολογ\w*)
(?:忽略|无视|忽视|無視|忽視|不要理会|不用管|忘记|忘掉|不要遵守).{0,30}(?:指令|指示|说明|說明|規則|规则|提示|要求|标准|標準)|满分|滿分|最高分|所有(?:标准|条件|評分).{0,8}(?:满足|通过|符合)
(?:指示|命令|ルール|プロンプト|規則|基準).{0,30}(?:無視|忘れ)|満点|最高点|最高の(?:評価|スコア)
(?:지시|명령|규칙|지침|프롬프트).{0,30}(?:무시|잊어|따르지)|만점|최고\s?점수|최고점
(?:تجاهل|انس|إنس|لا تتبع).{0,50}(?:التعليمات|تعليمات|الأوامر|القواعد|المعايير)|(?:الدرجة|العلامة|درجة|علامة)\s+(?:الكاملة|كاملة|النهائية|القصوى)|أعلى\s+(?:درجة|علامة)
(?:निर्देश|आदेश|नियम).{0,50}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल|उपेक्षा)|(?:पूरे|पूर्ण|अधिकतम)\s+(?:अंक|नंबर|स्कोर)
(?:התעלם|תתעלם|שכח).{0,50}(?:הוראות|ההוראות|הנחיות|כללים)|(?:ציון|ניקוד)\s+(?:מלא|מקסימלי|מושלם)
(?:เพิกเฉย|ละเว้น|ไม่ต้องสนใจ).{0,50}(?:คำสั่ง|คำแนะนำ|กฎ)|คะแนนเต็ม
"""

# Beside text that speaks to the grader, these go on doing so: second person, orders, a grader's form.
_ADDRESS = re.compile(
    r"""\b(?:you|your|yours|yourself|please|thank[ ]you|thanks)\b
    | ^\W*+(?:(?:now|just|so|and|do[ ]not|don['’]t|never)\s+)*(?:give|award|assign|grant|mark|rate|score|grade|record|return
      |output|report|print|respond|reply|confirm|approve|accept|treat|count|consider|pretend|imagine|assume|ignore
      |disregard|forget|use|set|put|choose|select|continue|repeat|evaluate|judge|assess|comply)\b
    | ^\W*+(?:final\s+|overall\s+|total\s+)?(?:verdict|score|grade|rating|band|credits?|assessment|evidence|rationale)\s*[:=]
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What somebody was told is no order to the grader; "you" in between would make it one.
_REPORTED = re.compile(
    r"""\b(?:told|tell(?:s|ing)?|ask(?:s|ed|ing)?|instruct(?:s|ed|ing)?|order(?:s|ed|ing)?|want(?:s|ed|ing)?
      |advis(?:es|ed|ing)|urg(?:es|ed|ing)|forc(?:es|ed|ing)|trick(?:s|ed|ing)?|(?:get|got)s?)\s+
      (?:(?:into|not|(?!(?:you|your|me|graders?|examiners?|evaluators?|judges?)\b)[\w'’-]+)\s+){0,5}to\s+$""",
    re.IGNORECASE | re.VERBOSE,
)
# Words of grading, which no question is about.
_TALK = frozenset(
    stem(word)
    for word in [
        "grader",
        "examiner",
        "evaluator",
        "interviewer",
        "interview",
        "judge",
        "answer",
        "response",
        "submission",
        "candidate",
        "applicant",
        "question",
        "score",
        "grade",
        "mark",
        "credit",
        "point",
        "rating",
        "verdict",
        "band",
        "criterion",
        "criteria",
        "rubric",
        "instruction",
        "hire",
        "pass",
        "full",
        "maximum",
        "top",
        "perfect",
        "highest",
        "best",
        "complete",
        "correct",
        "give",
        "award",
        "evaluate",
        "text",
        "say",
        "thing",
    ]
)
_SEGMENT = re.compile(r"[^\n]*?(?:(?<![.!?…。！？])[.!?…。！？]++[\"'”’)\]]*+(?=\s|$)|[。！？]++|\n|$)")
_WORD = re.compile(r"\w+")
_QUOTES = "\"'“‘`«"
_CLOSING_QUOTES = "\"'”’`»"
_KEPT_PREFIX_WORDS = 4
_ORDER_END = re.compile(r"[)\]}][)\]}\"'”’]*|[:”]\s*[“\"]?")
_MAX_MARKS = 10
KEPT_SEGMENTS = 4096
# As many characters before and behind a place are looked at.
_NEAR = 60


def _compile(block: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    lines = [line for line in block.strip().splitlines() if line.strip()]
    return re.compile("|".join(f"(?:{line})" for line in lines), flags | re.MULTILINE)


def _bounded(block: str) -> str:
    """Endings of words with a bound, so that a long word costs no more than its length."""
    return block.replace(r"\w*", r"\w{0,12}+").replace(r"\w+", r"\w{1,12}+")


_PATTERNS = (
    _compile(_ENGLISH),
    _compile(_MARKERS),
    _compile(_VERDICTS),
    _compile(_bounded(_LANGUAGES)),
)


def injected_spans(text: CleanText | str, about: Collection[str] = ()) -> list[tuple[int, int]]:
    """Spans of the text that address the grader, in order, not overlapping.

    `about` holds the stems of the question and its rubric: beside an order, what has none of them belongs to it.
    """
    source = text.text if isinstance(text, CleanText) else text
    subject = frozenset(about) - _TALK
    tags = [match for match in _TAG.finditer(source) if not _is_mentioned(source, match)]
    pieces = [0, *(end for tag in tags for end in tag.span()), len(source)]
    segments: list[tuple[int, int]] = []
    found: dict[int, tuple[int, int]] = {}
    for place in range(0, len(pieces), 2):
        opened = place > 0 and place < 2 * len(tags) and _opens(tags[place // 2 - 1])
        for match in _SEGMENT.finditer(source, pieces[place], pieces[place + 1]):
            if not match.group().strip():
                continue
            span = _hit(source, *match.span(), subject)
            if span is None and opened and not _is_about(match.group(), subject):
                span = match.span()
            if span is not None:
                found[len(segments)] = span
            segments.append(match.span())
    for index in _neighbours(source, segments, found, subject):
        found[index] = segments[index]
    return _merge(sorted([*(tag.span() for tag in tags), *found.values()]))


def _is_mentioned(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag stands inside a sentence that goes on behind it, as in an explanation of such tags."""
    if tag["comment"] and any(pattern.search(tag["comment"]) for pattern in _PATTERNS):
        return False
    before = text[max(0, tag.start() - _NEAR) : tag.start()].rstrip(" \t(" + _QUOTES)
    behind = text[tag.end() : tag.end() + _NEAR].lstrip(" \t" + _CLOSING_QUOTES)
    return bool(re.search(r"[\w,:;]$", before)) and bool(re.match(r"[,;:.?!)]|(?-i:[a-z])", behind))


def _opens(tag: re.Match[str]) -> bool:
    """Whether somebody else than the candidate is said to speak from a tag on."""
    return not _CLOSING.match(tag.group()) and (tag["name"] or "").lower() not in _CANDIDATE_TAGS


def _is_about(text: str, subject: Collection[str]) -> bool:
    return any(word in subject for word in stems(text))


def _hit(text: str, start: int, end: int, subject: Collection[str]) -> tuple[int, int] | None:
    """What to take out of one segment: from where the order begins, or all of it where little comes before."""
    segment = text[start:end]
    orders = _first_orders(segment)
    if not orders:
        return None
    before = segment[: min(first for first, _ in orders)]
    end = start + _end(segment, max(last for _, last in orders), subject)
    if len(_WORD.findall(before)) < _KEPT_PREFIX_WORDS or (subject and not _is_about(before, subject)):
        return start, end
    return start + _clause(before), end


# An answer is looked through by every judge, and for the follow-up to it.
@lru_cache(maxsize=KEPT_SEGMENTS)
def _first_orders(segment: str) -> tuple[tuple[int, int], ...]:
    """Where each pattern is found first."""
    return tuple(span for pattern in _PATTERNS for span in itertools.islice(_orders(pattern, segment), 1))


def _end(segment: str, last: int, subject: Collection[str]) -> int:
    """Where an order ends that was put in front of a sentence about the subject: at a bracket, a quote or a colon."""
    for mark in itertools.islice(_ORDER_END.finditer(segment, last), _MAX_MARKS):
        rest = segment[mark.end() :]
        if not _is_about(rest, subject):
            break
        if not any(pattern.search(rest) for pattern in _PATTERNS):
            return mark.end()
    return len(segment)


def _orders(pattern: re.Pattern[str], segment: str) -> Iterator[tuple[int, int]]:
    """Where a pattern is found that is neither reported nor quoted as what somebody else says."""
    for match in pattern.finditer(segment):
        before = segment[max(0, match.start() - 5 * _NEAR) : match.start()]
        behind = segment[match.start() : match.end() + 5 * _NEAR]
        if not _REPORTED.search(before, max(0, len(before) - _NEAR)) and not _is_quoted(before, behind):
            yield match.span()


def _is_quoted(before: str, behind: str) -> bool:
    """Whether a place is inside a quotation within a sentence; `behind` begins there."""
    if before.rstrip(" (").endswith(tuple(_QUOTES)):
        return len(_WORD.findall(before)) >= _KEPT_PREFIX_WORDS - 1
    opening = max(before.rfind(mark) for mark in '“"')
    if opening < 0 or len(_WORD.findall(before[:opening])) < _KEPT_PREFIX_WORDS - 1:
        return False
    if before[opening] == "“":
        return "”" not in before[opening:] and "”" in behind
    return before.count('"') % 2 == 1 and '"' in behind


def _clause(before: str) -> int:
    """Where the clause begins into which a hit falls, looking back from it."""
    cut = max(before.rfind(mark) for mark in (",", ";", ":", " - ", "(", " — ", "["))
    if cut < 0 or len(_WORD.findall(before[cut:])) > _KEPT_PREFIX_WORDS:
        return len(before)
    return cut


def _neighbours(
    text: str,
    segments: list[tuple[int, int]],
    found: dict[int, tuple[int, int]],
    subject: Collection[str],
) -> Iterable[int]:
    """Segments of the same paragraph beside a hit that go on addressing the grader."""
    for step in (1, -1):
        for hit in list(found):
            index = hit + step
            while 0 <= index < len(segments) and index not in found:
                low, high = sorted((index, index - step))
                if "\n\n" in text[segments[low][1] - 1 : segments[high][0] + 1]:
                    break
                beside = text[slice(*segments[index])]
                if not _ADDRESS.search(beside) or _is_about(beside, subject):
                    break
                yield index
                index += step


def _merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
