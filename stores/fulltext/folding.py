"""Spelling variants folded to one: width, compatibility forms, old kanji, small ke, stray variation selectors.

Folding serves comparison only; what people read stays as it was written. Offsets lead from the folded text back.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

# Old and variant characters, each followed by the one in common use today (tōyō and jōyō reforms, names).
_OLD_NEW: Final = (
    "亞亜惡悪壓圧圍囲醫医爲為壹壱隱隠榮栄營営衞衛驛駅圓円鹽塩緣縁艷艶應応歐欧毆殴櫻桜奧奥橫横溫温穩穏假仮價価畫画會会壞壊懷懐繪絵擴拡殼殻覺覚學学嶽岳樂楽勸勧卷巻寬寛歡歓觀観關関陷陥巖巌顏顔歸帰氣気龜亀僞偽"
    "戲戯犧犠舊旧據拠擧挙虛虚峽峡挾挟狹狭鄕郷曉暁區区驅駆勳勲薰薫徑径惠恵揭掲溪渓經経繼継莖茎螢蛍輕軽鷄鶏藝芸擊撃缺欠儉倹劍剣圈圏檢検權権獻献縣県險険顯顕驗験嚴厳效効廣広恆恒鑛鉱號号國国黑黒碎砕濟済劑剤齋斎"
    "雜雑參参慘惨棧桟蠶蚕贊賛殘残絲糸齒歯兒児辭辞濕湿實実舍舎寫写釋釈壽寿收収從従澁渋獸獣縱縦肅粛處処敍叙奬奨將将燒焼稱称證証乘乗剩剰壤壌孃嬢條条淨浄疊畳讓譲釀醸觸触囑嘱愼慎眞真寢寝盡尽圖図粹粋醉酔隨随髓髄"
    "數数樞枢聲声靜静齊斉攝摂竊窃專専戰戦淺浅潛潜纖繊踐践錢銭禪禅雙双壯壮搜捜插挿爭争總総聰聡莊荘裝装騷騒臟臓藏蔵屬属續続墮堕體体對対帶帯滯滞臺台瀧滝擇択澤沢單単擔担膽胆團団彈弾斷断癡痴遲遅晝昼蟲虫鑄鋳廳庁"
    "聽聴鎭鎮遞逓鐵鉄轉転點点傳伝黨党盜盗燈灯當当鬪闘德徳獨独讀読屆届繩縄貳弐惱悩腦脳霸覇廢廃拜拝賣売麥麦發発髮髪拔抜蠻蛮祕秘濱浜甁瓶拂払佛仏倂併竝並變変邊辺邉辺辨弁辯弁瓣弁舖舗寶宝豐豊萠萌沒没飜翻槇槙萬万"
    "滿満彌弥譯訳藥薬與与豫予餘余譽誉搖揺樣様謠謡來来賴頼亂乱覽覧龍竜兩両獵猟綠緑鄰隣壘塁淚涙勵励禮礼隸隷靈霊齡齢戀恋爐炉勞労樓楼錄録灣湾髙高﨑崎栁柳嶋島嶌島檜桧冨富埜野圀国峯峰凉涼曾曽逹達靑青淸清增増瀨瀬"
    "渕淵舘館藪薮籠篭"
)
OLD_TO_NEW: Final = {ord(old): new for old, new in zip(_OLD_NEW[::2], _OLD_NEW[1::2], strict=True) if old != new} | {
    ord("ヶ"): "ケ",
    ord("ヵ"): "カ",
}
_HAS_OLD: Final = re.compile("[" + "".join(map(chr, OLD_TO_NEW)) + "]")
_JOINED: Final = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CLUSTER: Final = re.compile(rf"(?s)[\u1100-\u115f][\u1160-\u11ff]*|.[{_JOINED}]*")
_DROPPED: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
_COUNTER: Final = re.compile("(?<=[0-9一二三四五六七八九十数何])[ケカか箇](?=[所月国年])")
_LATIN_MARKS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def fold(text: str) -> str:
    """The text in the one spelling that search compares; letters keep their case and accents (see `fold_word`)."""
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFKC", text) or _DROPPED.search(text):
        text = "".join(_fold_cluster(cluster) for cluster in _CLUSTER.findall(text))
    return _fold_kanji(text)


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters and its end the offset in the text as given."""
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _DROPPED.search(text)):
        return _fold_kanji(text), range(len(text) + 1)
    parts: list[str] = []
    offsets: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = _fold_cluster(cluster[0])
        parts.append(part)
        offsets.extend([cluster.start()] * len(part))
    offsets.append(len(text))
    return _fold_kanji("".join(parts)), offsets


def _fold_cluster(cluster: str) -> str:
    return unicodedata.normalize("NFKC", _DROPPED.sub("", cluster))


def _fold_kanji(text: str) -> str:
    # One character for one: the offsets depend on it.
    if _HAS_OLD.search(text):
        text = text.translate(OLD_TO_NEW)
    return _COUNTER.sub("か", text)


@lru_cache(maxsize=1 << 15)
def fold_word(word: str) -> str:
    """A word of a script with cases or accents, lower-cased and without them (Straße → strasse, Müller → muller)."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    bare = "".join(c for c in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare.translate(_LATIN_MARKS))
