"""How a Chinese area name is written: spelling, suffixes, pinyin, provinces."""

from __future__ import annotations

import re
import unicodedata

# First two digits of a GB/T 2260 code -> province: full name, short name, English.
PROVINCES: dict[str, tuple[str, str, str]] = {
    "11": ("北京市", "北京", "Beijing"),
    "12": ("天津市", "天津", "Tianjin"),
    "13": ("河北省", "河北", "Hebei"),
    "14": ("山西省", "山西", "Shanxi"),
    "15": ("内蒙古自治区", "内蒙古", "Inner Mongolia"),
    "21": ("辽宁省", "辽宁", "Liaoning"),
    "22": ("吉林省", "吉林", "Jilin"),
    "23": ("黑龙江省", "黑龙江", "Heilongjiang"),
    "31": ("上海市", "上海", "Shanghai"),
    "32": ("江苏省", "江苏", "Jiangsu"),
    "33": ("浙江省", "浙江", "Zhejiang"),
    "34": ("安徽省", "安徽", "Anhui"),
    "35": ("福建省", "福建", "Fujian"),
    "36": ("江西省", "江西", "Jiangxi"),
    "37": ("山东省", "山东", "Shandong"),
    "41": ("河南省", "河南", "Henan"),
    "42": ("湖北省", "湖北", "Hubei"),
    "43": ("湖南省", "湖南", "Hunan"),
    "44": ("广东省", "广东", "Guangdong"),
    "45": ("广西壮族自治区", "广西", "Guangxi"),
    "46": ("海南省", "海南", "Hainan"),
    "50": ("重庆市", "重庆", "Chongqing"),
    "51": ("四川省", "四川", "Sichuan"),
    "52": ("贵州省", "贵州", "Guizhou"),
    "53": ("云南省", "云南", "Yunnan"),
    "54": ("西藏自治区", "西藏", "Tibet"),
    "61": ("陕西省", "陕西", "Shaanxi"),
    "62": ("甘肃省", "甘肃", "Gansu"),
    "63": ("青海省", "青海", "Qinghai"),
    "64": ("宁夏回族自治区", "宁夏", "Ningxia"),
    "65": ("新疆维吾尔自治区", "新疆", "Xinjiang"),
    "71": ("台湾省", "台湾", "Taiwan"),
    "81": ("香港特别行政区", "香港", "Hong Kong"),
    "82": ("澳门特别行政区", "澳门", "Macao"),
}

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|"
    "拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|"
    "普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_AUTONOMOUS = re.compile(rf"(?:(?:{_PEOPLES}|各)族)*自治(?:县|州|旗)$")
_COUNTY_SUFFIX = re.compile("(?:特区|林区|矿区|县|市|区|旗)$")
_PREFECTURE_SUFFIX = re.compile("(?:地区|市|州|盟)$")
_ENGLISH_SUFFIX = re.compile(
    r"\s+(?:(?:\w+\s+(?:and\s+\w+\s+)?)?Autonomous\s+(?:County|Prefecture)"
    r"|District|County|City|Prefecture)$"
)
_NOISE = re.compile(r"[\s·・•'’‘`\"“”\-_/\\|,，、.。:：]+")
_CODE = re.compile(r"(\d{6})(?:0{3}|0{6})?(?:\.0+)?$")
_PINYIN_OF_SUFFIX = {"县": "xian", "市": "shi", "区": "qu", "旗": "qi"}


def normalise(text: object) -> str:
    """Return `text` in one spelling: NFKC, lower case, no spaces or separators.

    Examples
    --------
    >>> normalise(" 四川省·成都市　郫 都 区 ")
    '四川省成都市郫都区'
    """
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", str(text))).lower()
    # Taking out a space may bring a letter and its accent together.
    return unicodedata.normalize("NFKC", bare)


def as_code(text: object) -> str | None:
    """Return the six-digit code when `text` is one, however a spreadsheet spelt it.

    Nine- and twelve-digit statistical codes of the county itself (ending in
    zeros) and codes read as floating-point numbers are accepted.

    Examples
    --------
    >>> as_code("５１０１１７"), as_code(510117.0), as_code("510117000000"), as_code("郫都区")
    ('510117', '510117', '510117', None)
    """
    found = _CODE.match(unicodedata.normalize("NFKC", str(text)).strip())
    return found[1] if found else None


def short_name(name: str) -> str | None:
    """Return the name without its suffix; None when less than two characters stay.

    Examples
    --------
    >>> short_name("郫都区"), short_name("北川羌族自治县"), short_name("荣县")
    ('郫都', '北川', None)
    """
    cut = _AUTONOMOUS.sub("", name)
    if cut == name:
        cut = _COUNTY_SUFFIX.sub("", name)
    return cut if len(cut) > 1 and cut != name else None


def prefecture_names(name: str) -> tuple[str, ...]:
    """Return all the spellings of a prefecture's name, longest first.

    Examples
    --------
    >>> prefecture_names("凉山彝族自治州"), prefecture_names("眉山地区")
    (('凉山彝族自治州', '凉山州', '凉山'), ('眉山地区', '眉山'))
    """
    cut = _AUTONOMOUS.sub("", name)
    if cut != name:
        return (name, cut + "州", cut)
    cut = _PREFECTURE_SUFFIX.sub("", name)
    return (name, cut) if len(cut) > 1 and cut != name else (name,)


def pinyin_names(name: str, name_en: str) -> tuple[str, ...]:
    """Return the Latin spellings of a county's name, ready for look-up.

    Parameters
    ----------
    name : str
        The Chinese name.
    name_en : str
        The English name, pinyin plus the kind of unit ("Pidu District").

    Examples
    --------
    >>> pinyin_names("郫都区", "Pidu District")
    ('pidudistrict', 'piduqu', 'pidu')
    """
    full, stem = normalise(name_en), normalise(_ENGLISH_SUFFIX.sub("", name_en))
    suffix = _PINYIN_OF_SUFFIX.get(name[-1], "")
    names = [full, stem + suffix]
    if short_name(name):
        names.append(stem)
    return tuple(dict.fromkeys(names))


def province_of(text: object) -> str | None:
    """Return the full name of the province that `text` starts with, if any.

    Examples
    --------
    >>> province_of("浙江省浦江县"), province_of("330726"), province_of("郫都区")
    ('浙江省', '浙江省', None)
    """
    code = as_code(text)
    if code:
        return PROVINCES.get(code[:2], (None,))[0]
    key = normalise(text)
    return next((p[0] for p in PROVINCES.values() if key.startswith((p[0], p[1]))), None)
