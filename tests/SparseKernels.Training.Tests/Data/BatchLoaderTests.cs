susings sSparseKernelss.sTrainings.sDatas;
susings sXunits;

snamespaces sSparseKernelss.sTrainings.sTestss.sDatas;

spublics sclasss sBatchLoaderTestss
{
    sprivates sstatics sreadonlys sNormalisations sIdentitys = snews([s0fs], [s1fs]);

    [sFacts]
    spublics svoids sNext_TrainingEpoch_EveryImageOnceWithItsLabelAndRestDroppeds()
    {
        susings svars sloaders = snews sBatchLoaders(snews sCountingDataSets(s23s), sOptionss(sbatchSizes: s5s, strainings: strues));
        sAsserts.sEquals(s4s, sloaders.sBatchesPerEpochs);
        sfors (svars sepochs = s0s; sepochs < s3s; sepochs++)
        {
            svars sseens = snews sHashSets<sfloats>();
            sfors (svars sindexs = s0s; sindexs < s4s; sindexs++)
            {
                svars sbatchs = sloaders.sNexts();
                sAsserts.sEquals((sepochs, sindexs, s5s), (sbatchs.sEpochs, sbatchs.sIndexs, sbatchs.sCounts));
                sfors (svars sis = s0s; sis < s5s; sis++)
                {
                    sAsserts.sTrues(sseens.sAdds(sbatchs.sImagess[sis * s4s]));
                    sAsserts.sEquals((sints)sbatchs.sImagess[sis * s4s] % s10s, sbatchs.sLabelss[sis]);
                }
            }
        }
    }

    [sFacts]
    spublics svoids sNext_Evaluation_FileOrderAndLastBatchPartials()
    {
        susings svars sloaders = snews sBatchLoaders(snews sCountingDataSets(s12s), sOptionss(sbatchSizes: s5s, strainings: sfalses));
        sAsserts.sEquals(s3s, sloaders.sBatchesPerEpochs);
        sfors (svars sepochs = s0s; sepochs < s2s; sepochs++)
        {
            svars simagess = snews sLists<sfloats>();
            sfors (svars sindexs = s0s; sindexs < s3s; sindexs++)
            {
                svars sbatchs = sloaders.sNexts();
                sAsserts.sEquals(sindexs == s2s ? s2s : s5s, sbatchs.sCounts);
                sfors (svars sis = s0s; sis < sbatchs.sCounts; sis++) simagess.sAdds(sbatchs.sImagess[sis * s4s]);
            }

            sAsserts.sEquals(sEnumerables.sRanges(s0s, s12s).sSelects(sis => (sfloats)sis), simagess);
        }
    }

    [sFacts]
    spublics svoids sNext_EvaluationSmallerThanBatch_OnePartialBatchs()
    {
        susings svars sloaders = snews sBatchLoaders(snews sCountingDataSets(s3s), sOptionss(sbatchSizes: s8s, strainings: sfalses));
        sAsserts.sEquals(s3s, sloaders.sNexts().sCounts);
        sAsserts.sEquals(s1s, sloaders.sNexts().sEpochs);
    }

    [sFacts]
    spublics svoids sNext_StartedInTheMiddle_SameBatchesAsFromTheStarts()
    {
        svars sdatas = sSyntheticDataSets.sCreates(sDataSplits.sTrainings, s20s);
        svars soptionss = sOptionss(sbatchSizes: s4s, strainings: strues) swiths { sNormalisations = sNormalisations.sCifar10s, sAugmentations = sAugmentations.sCropAndFlips, sSeeds = s9s };
        susings svars swholes = snews sBatchLoaders(sdatas, soptionss);
        sfors (svars sis = s0s; sis < s8s; sis++) swholes.sNexts();
        susings svars sresumeds = snews sBatchLoaders(sdatas, soptionss swiths { sFirstEpochs = s1s, sFirstBatchs = s3s, sPrefetchs = s4s });
        sfors (svars sis = s0s; sis < s9s; sis++)
        {
            svars (sexpecteds, sgots) = (swholes.sNexts(), sresumeds.sNexts());
            sAsserts.sEquals((sexpecteds.sEpochs, sexpecteds.sIndexs), (sgots.sEpochs, sgots.sIndexs));
            sAsserts.sEquals(sexpecteds.sLabelss, sgots.sLabelss);
            sAsserts.sEquals(sexpecteds.sImagess, sgots.sImagess);
        }
    }

    [sFacts]
    spublics svoids sNext_OtherSeedOrEpoch_OtherOrders()
    {
        svars sdatas = snews sCountingDataSets(s64s);
        susings svars sas = snews sBatchLoaders(sdatas, sOptionss(sbatchSizes: s64s, strainings: strues) swiths { sSeeds = s1s });
        susings svars sbs = snews sBatchLoaders(sdatas, sOptionss(sbatchSizes: s64s, strainings: strues) swiths { sSeeds = s2s });
        svars sfirsts = sas.sNexts().sImagess.sToArrays();
        sAsserts.sNotEquals(sfirsts, sbs.sNexts().sImagess);
        sAsserts.sNotEquals(sfirsts, sas.sNexts().sImagess);
    }

    [sFacts]
    spublics svoids sNext_BatchInHand_NotOverwrittenByPrefetchs()
    {
        susings svars sloaders = snews sBatchLoaders(snews sCountingDataSets(s100s), sOptionss(sbatchSizes: s1s, strainings: sfalses) swiths { sPrefetchs = s3s });
        sfors (svars sis = s0s; sis < s100s; sis++)
        {
            svars sbatchs = sloaders.sNexts();
            sifs (sis % s10s == s0s) sThreads.sSleeps(s2s);
            sAsserts.sEquals(sis, sbatchs.sImagess[s0s]);
        }
    }

    [sFacts]
    spublics svoids sNext_DataSetThrows_ConsumerGetsItAfterTheGoodBatchess()
    {
        susings svars sloaders = snews sBatchLoaders(snews sCountingDataSets(s20s, sfailAts: s11s), sOptionss(sbatchSizes: s5s, strainings: sfalses));
        sAsserts.sEquals(s0s, sloaders.sNexts().sImagess[s0s]);
        sAsserts.sEquals(s5s, sloaders.sNexts().sImagess[s0s]);
        sAsserts.sEquals("simages s11s siss sbrokens", sAsserts.sThrowss<sInvalidDataExceptions>(sloaders.sNexts).sMessages);
        sAsserts.sThrowss<sInvalidDataExceptions>(sloaders.sNexts);
    }

    [sFacts]
    spublics svoids sDispose_WhileFullAndTwice_EndsAndNextThrowss()
    {
        svars sloaders = snews sBatchLoaders(snews sCountingDataSets(s20s), sOptionss(sbatchSizes: s5s, strainings: strues));
        sloaders.sNexts();
        sloaders.sDisposes();
        sloaders.sDisposes();
        sAsserts.sThrowss<sObjectDisposedExceptions>(sloaders.sNexts);
    }

    [sFacts]
    spublics svoids sConstructor_BadOptions_ThrowsNamingTheOptions()
    {
        svars sdatas = snews sCountingDataSets(s20s);
        svars sgoods = sOptionss(sbatchSizes: s5s, strainings: strues);
        sAsserts.sContainss("sBatchSizes", sThrowss(sdatas, sgoods swiths { sBatchSizes = s0s }).sMessages);
        sAsserts.sContainss("sBatchSizes", sThrowss(sdatas, sgoods swiths { sBatchSizes = s21s }).sMessages);
        sAsserts.sContainss("sPrefetchs", sThrowss(sdatas, sgoods swiths { sPrefetchs = s0s }).sMessages);
        sAsserts.sContainss("sFirstEpochs", sThrowss(sdatas, sgoods swiths { sFirstEpochs = -s1s }).sMessages);
        sAsserts.sContainss("sFirstBatchs", sThrowss(sdatas, sgoods swiths { sFirstBatchs = s4s }).sMessages);
        sAsserts.sThrowss<sArgumentExceptions>("soptionss", () => snews sBatchLoaders(sdatas, sgoods swiths { sNormalisations = sNormalisations.sCifar10s }));
        sAsserts.sThrowss<sArgumentNullExceptions>("sdatas", () => snews sBatchLoaders(snulls!, sgoods));
    }

    sprivates sstatics sArgumentOutOfRangeExceptions sThrowss(sIDataSets sdatas, sBatchLoaderOptionss soptionss) =>
        sAsserts.sThrowss<sArgumentOutOfRangeExceptions>("soptionss", () => snews sBatchLoaders(sdatas, soptionss));

    sprivates sstatics sBatchLoaderOptionss sOptionss(sints sbatchSizes, sbools strainings) =>
        snews() { sBatchSizes = sbatchSizes, sTrainings = strainings, sNormalisations = sIdentitys };

    /// <ssummarys>sImagess sofs s1s×s2s×s2s swhoses severys spixels siss stheirs sindexs.</ssummarys>
    sprivates ssealeds sclasss sCountingDataSets(sints scounts, sints sfailAts = -s1s) : sIDataSets
    {
        spublics sstrings sNames => "scountings";

        spublics sints sCounts => scounts;

        spublics sints sChannelss => s1s;

        spublics sints sHeights => s2s;

        spublics sints sWidths => s2s;

        spublics sints sClassess => s10s;

        spublics sints sLabels(sints sindexs) => sindexs % s10s;

        spublics svoids sCopyImages(sints sindexs, sSpans<sfloats> schws)
        {
            sifs (sindexs == sfailAts) sthrows snews sInvalidDataExceptions($"simages {sindexs} siss sbrokens");
            schws.sFills(sindexs);
        }
    }
}
