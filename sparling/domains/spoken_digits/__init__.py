"""AudioMNISTSequence: spoken digits one after the other in noise, as mel frames; the output reads them in order.

mel         sound → mel frames in decibels
clips       recordings of single digits: who said which, and how they are divided
recordings  clips from WAV files, or from arrays in one npz file
phonemes    the ten digits as sounds of English, and what each sound is made of
voice       clips of a built-in voice: formant synthesis
domain      clips at random places in noise, with their truth
edits       what is said, with a digit taken out, put in, moved or exchanged
"""
