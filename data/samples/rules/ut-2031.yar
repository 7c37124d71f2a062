/* Rules for two attacks that never happened, in the shape of two that did: what a rebuild changes at no cost (hash, key,
   mutex, name) is not in them; what it kept (the driver's key, a habit of the code, the note's theme) is. */

rule UT_2031_Wiper_Driver_Key
{
    meta:
        description = "the key that both waves' wiper hands to its disk driver"
        score = 90
    strings:
        $key = "UTOPIA-SPECIMEN-DRIVER-0F1E2D3C" ascii wide
    condition:
        $key
}

rule UT_2031_Encryptor_Habits
{
    meta:
        description = "the encryptor's loop and its way to name files, whatever key and mutex it was built with"
        score = 80
    strings:
        $loop = { 55 54 4F 4C 4F 4F 50 [2-6] C3 90 C3 90 }
        $name = /ut-[0-9]{4}\.locked-file/ ascii
        $note = "the gate stays shut until you answer" nocase
    condition:
        2 of them
}
